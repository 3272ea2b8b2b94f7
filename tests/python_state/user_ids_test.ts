import assert from "node:assert/strict";
import fc from "fast-check";
import { parseUserIds } from "../../src/python_state/user_ids.ts";

const sanitize = { sanitizeOps: true, sanitizeResources: true, sanitizeExit: true };
const id = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 })
  .filter((text) => !/[\p{Cc}\p{Cs}]/u.test(text) && !/^(\.{1,2}|\[.*|\uFEFF.*)$/su.test(text));

Deno.test(
  "lines and a JSON array give the same ids, exactly as they were written",
  sanitize,
  () => {
    fc.assert(fc.property(fc.uniqueArray(id, { minLength: 1 }), (ids) => {
      assert.deepEqual(parseUserIds(ids.join("\n")), { valid: ids, invalid: [] });
      assert.deepEqual(parseUserIds(JSON.stringify(ids)), { valid: ids, invalid: [] });
    }));
  },
);

Deno.test("line ends, empty lines and repeats are no ids", sanitize, () => {
  const { valid } = parseUserIds("\uFEFFa\r\n\r\n b \r\na\n");
  assert.deepEqual(valid, ["a", " b "]);
  assert.deepEqual(parseUserIds("").valid, []);
});

Deno.test("ids that the service cannot serve are told with the reason", sanitize, () => {
  const { valid, invalid } = parseUserIds(JSON.stringify(["ok", "..", "a\tb", "", "\ud800"]));
  assert.deepEqual(valid, ["ok"]);
  assert.deepEqual(invalid.map(({ user }) => user), ["..", "a\tb", "", "\ud800"]);
  for (const { reason } of invalid) assert.match(reason, /^not a user id: /);
});

Deno.test("a line that only begins like an array is an id", sanitize, () => {
  assert.deepEqual(parseUserIds("[a\nb]").valid, ["[a", "b]"]);
  assert.deepEqual(parseUserIds("42\n7").valid, ["42", "7"]);
});
