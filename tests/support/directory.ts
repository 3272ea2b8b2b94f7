/** A directory of its own for a test, in a parent that is removed with it. */
export async function inDirectory(run: (directory: string) => Promise<void>): Promise<void> {
  const parent = await Deno.makeTempDir({ prefix: "scorer-" });
  try {
    await run(`${parent}/state`);
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
}
