/** The blocks of the user message whose text is the user's own. */
export type BlockName = "tasks" | "extra";

/** The line before a block's. */
export const opening = (name: BlockName) => `<${name}>`;
/** The line after a block's. */
export const closing = (name: BlockName) => `</${name}>`;

/** Lines between a block's delimiters. Each must have come through {@linkcode dataLine}. */
export function block(name: BlockName, lines: readonly string[]): string {
  return [opening(name), ...lines, closing(name)].join("\n");
}

/** Everything that may end a line or hides from readers: \s lacks U+0085, which is in Cc. */
const GAPS = /[\s\p{Cc}]+/gu;
const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });

/**
 * A user's text as a piece of one line of a block: whitespace and control characters are folded to
 * single spaces, and no angle bracket is left, so that nothing in it can end its line or its block.
 *
 * @param limit the most code points; longer text is cut between graphemes and ends in "…"
 */
export function dataLine(text: string, limit: number): string {
  const line = text.toWellFormed().replace(GAPS, " ").trim()
    .replaceAll("<", "‹").replaceAll(">", "›");
  return cut(line, limit);
}

function cut(line: string, limit: number): string {
  // A code point has two units at most: what lies behind these cannot be within the limit.
  const near = line.slice(0, 2 * limit + 2);
  const points = Array.from(near);
  if (points.length <= limit) return line;
  const room = limit - 1;
  let kept = "";
  let count = 0;
  for (const { segment } of graphemes.segment(near)) {
    count += Array.from(segment).length;
    if (count > room) break;
    kept += segment;
  }
  // One grapheme can be of any length, as accents pile up: then only code points are kept whole.
  return `${(kept || points.slice(0, room).join("")).trimEnd()}…`;
}
