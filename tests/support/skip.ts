/**
 * A test that needs a tool of the machine: where it is missing, the test says so and is ignored;
 * on CI a missing tool is a failure.
 */
export function testWith(
  tool: { readonly command: string; readonly args: readonly string[]; readonly why: string },
  name: string,
  fn: () => Promise<void>,
): void {
  const available = works(tool.command, tool.args);
  const ci = Deno.env.get("CI") === "true";
  if (!available) console.log(`skipped: ${name}: ${tool.why}`);
  Deno.test({
    name,
    ignore: !available && !ci,
    fn: available ? fn : () => Promise.reject(new Error(tool.why)),
    sanitizeOps: true,
    sanitizeResources: true,
    sanitizeExit: true,
  });
}

function works(command: string, args: readonly string[]): boolean {
  try {
    return new Deno.Command(command, { args: [...args], stdout: "null", stderr: "null" })
      .outputSync().success;
  } catch {
    return false;
  }
}
