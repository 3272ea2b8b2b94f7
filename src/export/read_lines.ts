/** One line of a file, by its number from 1 on. */
export interface NumberedLine {
  readonly number: number;
  /** Undefined where it is too long, or is not UTF-8. */
  readonly text: string | undefined;
}

/** The longest line, in bytes: a user with 1000 decisions among 1000 candidates takes 80 MB. */
const MAX_LINE_BYTES = 200_000_000;
const NEWLINE = 10;

/** The lines of a stream of bytes, one in memory at a time. Empty ones are passed over. */
export async function* readLines(
  stream: AsyncIterable<Uint8Array>,
  maxBytes = MAX_LINE_BYTES,
): AsyncGenerator<NumberedLine> {
  let parts: Uint8Array[] = [];
  let bytes = 0;
  let number = 1;
  const line = (): NumberedLine => ({
    number,
    text: bytes > maxBytes ? undefined : decode(parts, bytes),
  });
  for await (const chunk of stream) {
    let start = 0;
    while (true) {
      const end = chunk.indexOf(NEWLINE, start);
      const part = chunk.subarray(start, end < 0 ? chunk.length : end);
      bytes += part.length;
      if (bytes <= maxBytes) parts.push(part);
      else parts = []; // it is known to be too long: only its end is looked for
      if (end < 0) break;
      if (bytes > 0) yield line();
      parts = [];
      bytes = 0;
      number++;
      start = end + 1;
    }
  }
  if (bytes > 0) yield line();
}

function decode(parts: readonly Uint8Array[], bytes: number): string | undefined {
  const all = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(all);
  } catch {
    return undefined;
  }
}
