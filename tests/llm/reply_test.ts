import assert from "node:assert/strict";
import fc from "fast-check";
import { Id } from "../../src/contract/ids.ts";
import { InvalidReplyError } from "../../src/llm/errors.ts";
import { parseTips, TIPS_SCHEMA } from "../../src/llm/reply.ts";
import { test } from "../support/scorer.ts";

const TIP = { id: "walk", content: "Take a walk.", rationale: "It helps.", task: 2 };
const ARRAY = JSON.stringify([TIP]);

const contents = (reply: string, n = 3) => parseTips(reply, n).map(({ content }) => content);
const ids = (items: unknown[], n = 20) => parseTips(JSON.stringify(items), n).map(({ id }) => id);
const only = (item: unknown) => parseTips(JSON.stringify([item]), 1)[0];

function refused(reply: string, kind: string): void {
  assert.throws(() => parseTips(reply, 3), (error) => {
    assert.ok(error instanceof InvalidReplyError);
    assert.equal(error.kind, kind, reply.slice(0, 100));
    return true;
  });
}

test("the forms of a reply", () => {
  const forms = [
    ARRAY,
    JSON.stringify(TIP),
    JSON.stringify({ tips: [TIP] }),
    JSON.stringify({ candidates: [TIP], note: "[]" }),
    `\ufeff\n${ARRAY}\n`,
    "```json\n" + ARRAY + "\n```",
    "```\n" + JSON.stringify({ tips: [TIP] }, null, 2) + "\n```",
    `Here's what I'd do (5" long, [1] and {so} on]:\n\n${ARRAY}\n\nDon't forget [links](x)!`,
    `[] ${ARRAY} {"note": 1}`,
  ];
  for (const form of forms) assert.deepEqual(parseTips(form, 3), [TIP], form);
});

test("brackets, quotes and fences inside of a tip are its own", () => {
  const content = 'Write "[a] {b" in ```json\\ ] and } \\';
  assert.deepEqual(contents(`So: ${JSON.stringify([{ content }])}.`), [content]);
});

test("what is no tip is dropped, and of too many the first are taken", () => {
  const items = [null, 1, "tip", [], {}, { content: "" }, { content: " \n" }, { content: 1 }, {
    content: "\ud800",
  }];
  assert.deepEqual(contents(JSON.stringify([...items, { content: "a" }])), ["a"]);
  assert.deepEqual(contents(JSON.stringify(["a", "b", "c"].map((content) => ({ content }))), 2), [
    "a",
    "b",
  ]);
});

test("replies without a tip", () => {
  for (const reply of ["", "Sorry, no.", "42", '"a"', "[1, 2", `${ARRAY.slice(0, -1)}`, "]}[{"]) {
    refused(reply, "not JSON");
  }
  for (const reply of ["[]", "{}", "[[[]]]", '{"tips": []}', '{"tips": "none"}', '[{"id": "a"}]']) {
    refused(reply, "no usable item");
  }
  // Nobody can tell which one is meant.
  refused(`Draft: ${ARRAY}\nFinal: ${ARRAY}`, "not JSON");
});

test("texts are trimmed, cut and cleaned", () => {
  assert.equal(only({ content: "  a\u0000\r\nb\ud800c  " })?.content, "a bc");
  assert.equal(only({ content: "x".repeat(2_000) })?.content, "x".repeat(1_000));
  assert.equal(only({ content: `${"x".repeat(999)}😀` })?.content, "x".repeat(999));
  assert.equal(only({ content: "a", rationale: " b " })?.rationale, "b");
  for (const rationale of [undefined, null, "", 5, ["why"]]) {
    assert.equal(only({ content: "a", rationale })?.rationale, null);
  }
});

test("a task is a number, or a string of digits", () => {
  assert.equal(only({ content: "a", task: 3 })?.task, 3);
  assert.equal(only({ content: "a", task: "3" })?.task, 3);
  for (const task of [undefined, null, 1.5, "three", "", "1e3", [1], true, "9".repeat(99)]) {
    assert.equal(only({ content: "a", task })?.task, null);
  }
});

test("ids are kept where they can be, and are unique", () => {
  const content = "a";
  assert.deepEqual(ids([{ id: "x", content }, { id: 7, content }]), ["x", "7"]);
  const bad = [undefined, null, "", " ", "a\nb", "\ud800", "x".repeat(257), {}, true];
  assert.deepEqual(ids(bad.map((id) => ({ id, content }))), bad.map((_, i) => `tip-${i}`));
  // By their place among the tips that are left.
  assert.deepEqual(ids([{ id: "x" }, { content }]), ["tip-0"]);
  const same = ["tip-1", undefined, "tip-1", "tip-1-2", "tip-1"];
  assert.deepEqual(ids(same.map((id) => ({ id, content }))), [
    "tip-1",
    "tip-1-2",
    "tip-1-3",
    "tip-1-2-2",
    "tip-1-4",
  ]);
  const long = "x".repeat(253) + "😀y";
  assert.deepEqual(ids([{ id: long, content }, { id: long, content }]), [
    long,
    `${"x".repeat(253)}-2`,
  ]);
});

test("replies made to be slow are refused", () => {
  const most = 1 << 20;
  for (const unit of ["[", "{", '["', "[]", "[x]", '[{"', "{}[", '"', "\\", '{"":']) {
    const reply = unit.repeat(Math.floor(most / unit.length));
    assert.throws(() => parseTips(reply, 3), InvalidReplyError, unit);
    assert.throws(() => parseTips(`[${reply}]`, 3), InvalidReplyError, unit);
  }
  refused(`[${"{},".repeat(most / 3)}${JSON.stringify(TIP)}]`, "no usable item");
});

/** Text that often is nearly a reply. */
const fragment = fc.oneof(
  fc.constantFrom("[", "]", "{", "}", '"', "\\", ",", ":", "\n", "```json", ARRAY),
  fc.string({ unit: "binary" }),
  fc.json(),
);
const item = fc.record({
  id: fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("tip-0", "tip-1", "a"), fc.double()),
  content: fc.oneof(fc.string({ unit: "binary" }), fc.constant("\udc00 a"), fc.constant(null)),
  rationale: fc.anything(),
  task: fc.anything(),
}, { requiredKeys: [] });
const reply = fc.oneof(
  fc.array(fragment).map((parts) => parts.join("")),
  fc.tuple(fragment, fc.array(item), fragment)
    .map(([before, items, after]) => `${before}${stringify(items)}${after}`),
  fc.array(item).map(stringify),
);

function stringify(value: unknown): string {
  return JSON.stringify(value, (_key, each) => typeof each === "bigint" ? String(each) : each);
}

test("any reply is refused, or gives tips that hold to the rules", () => {
  fc.assert(
    fc.property(reply, fc.integer({ min: 1, max: 20 }), (text, n) => {
      let tips;
      try {
        tips = parseTips(text, n);
      } catch (error) {
        assert.ok(error instanceof InvalidReplyError, String(error));
        return;
      }
      assert.ok(tips.length >= 1 && tips.length <= n);
      assert.equal(new Set(tips.map(({ id }) => id)).size, tips.length);
      for (const { id, content, rationale, task } of tips) {
        assert.ok(Id.safeParse(id).success, JSON.stringify(id));
        for (const each of [content, rationale ?? "-"]) {
          assert.ok(each.length >= 1 && each.length <= 1_000 && each === each.trim());
          assert.doesNotMatch(each, /[\p{Cc}\p{Cs}]/u);
        }
        assert.ok(task === null || Number.isSafeInteger(task));
      }
    }),
    { numRuns: 2_000 },
  );
});

test("the schema is one that strict structured output takes", () => {
  const nullable = (type: string) => ({ type: [type, "null"] });
  assert.deepEqual(TIPS_SCHEMA, {
    type: "object",
    properties: {
      tips: {
        type: "array",
        items: {
          type: "object",
          properties: {
            id: { type: "string" },
            content: { type: "string" },
            rationale: nullable("string"),
            task: nullable("integer"),
          },
          required: ["id", "content", "rationale", "task"],
          additionalProperties: false,
        },
      },
    },
    required: ["tips"],
    additionalProperties: false,
  });
});
