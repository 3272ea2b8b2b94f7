import assert from "node:assert/strict";
import { Id, IdempotencyKey, UserId } from "../../src/contract/mod.ts";

const sanitize = { sanitizeOps: true, sanitizeResources: true, sanitizeExit: true };

Deno.test("an id is any text of 1 to 256 UTF-16 units, kept as it is", sanitize, () => {
  const ids = ["a", " ", "...", "a/b%", "é", "e\u0301", "東京", "\ufffd", "\u200b", "\u2028"];
  for (const id of [...ids, "x".repeat(256), "😀".repeat(128)]) {
    assert.equal(Id.parse(id), id);
    assert.equal(UserId.parse(id), id);
  }
  for (const id of ["", "x".repeat(257), "😀".repeat(129), 1, null, undefined, ["a"]]) {
    assert.equal(Id.safeParse(id).success, false);
    assert.equal(UserId.safeParse(id).success, false);
  }
});

Deno.test("an id holds no control characters and no lone surrogates", sanitize, () => {
  for (const part of ["\u0000", "\n", "\u001f", "\u007f", "\u0085", "\ud800", "\udfff"]) {
    for (const id of [part, `a${part}b`]) {
      assert.equal(Id.safeParse(id).success, false);
      assert.equal(UserId.safeParse(id).success, false);
    }
  }
});

Deno.test("a user id is not what no URL path can carry", sanitize, () => {
  for (const id of [".", ".."]) {
    assert.equal(Id.safeParse(id).success, true);
    assert.equal(UserId.safeParse(id).success, false);
  }
});

Deno.test("an Idempotency-Key is 1 to 256 visible ASCII characters", sanitize, () => {
  for (const key of ["!", "~", "a".repeat(256)]) assert.equal(IdempotencyKey.parse(key), key);
  for (const key of ["", " ", "a b", "\u007f", "é", "a\n", "a".repeat(257)]) {
    assert.equal(IdempotencyKey.safeParse(key).success, false);
  }
});
