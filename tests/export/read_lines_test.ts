import assert from "node:assert/strict";
import fc from "fast-check";
import { readLines } from "../../src/export/read_lines.ts";
import { test } from "../support/scorer.ts";

async function* inChunks(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) {
    await Promise.resolve();
    yield bytes.subarray(at, at + size);
  }
}

const bytes = (text: string) => new TextEncoder().encode(text);

test("lines are the same however the stream is cut", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: "binary" })),
      fc.integer({ min: 1, max: 9 }),
      async (texts, size) => {
        const text = texts.join("\n");
        const expected = text.split("\n").map((text, i) => ({ number: i + 1, text }))
          .filter(({ text }) => text !== "");
        const found = await Array.fromAsync(readLines(inChunks(bytes(text), size)));
        assert.deepEqual(found, expected.map((line) => ({ ...line })));
      },
    ),
  );
});

test("a line that is too long, or no UTF-8, has no text, and those after it do", async () => {
  const long = Uint8Array.of(...bytes("ab\n12345\n"), 0xff, 10, ...bytes("cd"));
  for (const size of [1, 3, 100]) {
    assert.deepEqual(await Array.fromAsync(readLines(inChunks(long, size), 4)), [
      { number: 1, text: "ab" },
      { number: 2, text: undefined },
      { number: 3, text: undefined },
      { number: 4, text: "cd" },
    ]);
  }
});
