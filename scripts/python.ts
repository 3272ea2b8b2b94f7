/** Runs python3, which is how packages of PyPI are installed; what it prints is shown on failure. */
export async function python(...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("python3", {
    args,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`python3 ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}
