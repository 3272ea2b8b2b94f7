/** Whether there is anything at a path, a broken link included. */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** What {@linkcode writeText} writes to. */
interface Target {
  write(bytes: Uint8Array): Promise<number>;
}

/** Writes all of a text, and waits until it was taken. */
export async function writeText(target: Target, text: string): Promise<void> {
  let rest = new TextEncoder().encode(text);
  while (rest.length > 0) rest = rest.subarray(await target.write(rest));
}
