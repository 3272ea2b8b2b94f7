import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { GENERATION_RANDOM_BYTES, generationId, modelOf } from "../../src/bandit/generation_id.ts";
import { GenerationId } from "../../src/contract/mod.ts";
import { test } from "../support/scorer.ts";

const random = Uint8Array.of(0, 1, 2, 3, 0xfc, 0xfd, 0xfe, 0xff);
const bytesOf = (text: string) => new TextEncoder().encode(text).length;

test("a generation_id is its random bytes and the model", () => {
  assert.equal(random.length, GENERATION_RANDOM_BYTES);
  assert.equal(generationId("tip-generator", random), "00010203fcfdfeff-dGlwLWdlbmVyYXRvcg");
  assert.equal(modelOf("00010203fcfdfeff-dGlwLWdlbmVyYXRvcg"), "tip-generator");
});

test("any model comes back out of a valid id; a long one cut between two characters", () => {
  const model = fc.string({ unit: "binary", minLength: 1, maxLength: 200 });
  const bytes = fc.uint8Array({ minLength: 8, maxLength: 8 });
  fc.assert(fc.property(model, bytes, (model, bytes) => {
    const id = generationId(model, bytes);
    assert.ok(GenerationId.safeParse(id).success, id);
    const read = modelOf(id);
    assert.ok(read !== null && model.startsWith(read));
    if (bytesOf(model) <= 150) assert.equal(read, model);
    else assert.ok(bytesOf(read) > 146 && bytesOf(read) <= 150);
  }));
  assert.equal(modelOf(generationId("\uFEFFm", random)), "\uFEFFm");
  assert.equal(modelOf(generationId(`${"m".repeat(149)}é`, random)), "m".repeat(149));
});

test("an id of another make names no model, and never throws", () => {
  const strange = [
    "",
    "-",
    "g-1",
    "00010203fcfdfeff",
    "00010203fcfdfeff-",
    generationId("", random),
    "00010203FCFDFEFF-dGlw",
    "00010203fcfdfeff-dGlw\n",
    "00010203fcfdfeff-dGl=",
    "00010203fcfdfeff-_w", // 0xff, which is no UTF-8
    "00010203fcfdfeff-dGl", // bits that belong to no byte
    "00010203fcfdfeff-d",
    `00010203fcfdfeff-${"dGlw".repeat(51)}`,
  ];
  for (const id of strange) assert.equal(modelOf(id), null, id);
  fc.assert(fc.property(fc.string({ unit: "binary" }), (id) => {
    assert.equal(modelOf(id), null);
  }));
  fc.assert(fc.property(fc.stringMatching(/^[0-9a-f]{16}-[\w-]{0,239}$/), (id) => {
    const model = modelOf(id);
    if (model !== null) assert.equal(generationId(model, Buffer.from(id, "hex")), id);
  }));
});
