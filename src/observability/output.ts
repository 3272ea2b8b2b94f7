const encoder = new TextEncoder();
/** Waited on, in vain, where stdout takes nothing just now. */
const never = new Int32Array(new SharedArrayBuffer(4));

function writeAll(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    try {
      at += Deno.stdout.writeSync(bytes.subarray(at));
    } catch (error) {
      // A pipe or terminal that another process made non-blocking: half a line would break two.
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      Atomics.wait(never, 0, 0, 1);
    }
  }
}

/**
 * Writes a line to stdout before it returns, so that the end of the process loses none. Several
 * lines in one write were tried, and were not measurably cheaper.
 */
export function writeLine(line: string): void {
  try {
    writeAll(encoder.encode(line + "\n"));
  } catch {
    // Nobody reads any more, or the disk is full: the service goes on, and so do its answers.
  }
}
