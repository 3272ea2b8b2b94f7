/** Waits until a condition holds, and fails after some seconds in which it never did. */
export async function until(
  what: string | (() => string),
  condition: () => boolean | Promise<boolean>,
  seconds = 20,
): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!await condition()) {
    if (Date.now() > end) {
      throw new Error(`Not within ${seconds} s: ${typeof what === "string" ? what : what()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
