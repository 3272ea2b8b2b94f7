import assert from "node:assert/strict";
import type { StackFrame } from "@sentry/deno";
import { sentryEvent } from "../../src/observability/sentry_event.ts";
import { StoreUnavailableError } from "../../src/store/mod.ts";
import { test } from "../support/scorer.ts";

/** Every line is a frame: a parser that is easier to fool than the SDK's. */
const parseStack = (stack: string): StackFrame[] =>
  stack.split("\n").filter((line) => line !== "").map((line) => ({
    function: line.trim(),
    filename: /(?:file:\/\/)?([^(\s]*?):\d+:\d+/.exec(line)?.[1] ?? "",
  }));

function eventOf(error: unknown, sendIds = false, properties: Record<string, unknown> = {}) {
  const failure = { level: "error", logger: "a", what: "It failed", error, at: 1500 } as const;
  return sentryEvent({ ...failure, properties }, { sendIds, parseStack });
}

test("what errors say is left out, and so is what looks like a frame in it", () => {
  const lines = "ada\n    at ada (file:///ada.ts:1:2)\n    at ada (x:1:1)";
  const named = new TypeError(lines);
  named.name = "ada lovelace";
  const changed = new Error("first");
  changed.message = lines;
  changed.stack = changed.stack!.replace("first", lines);
  const coded = new Error(lines);
  coded.stack = coded.stack!.replace("Error:", "Error [ada]:");
  const altered = new Error(lines);
  altered.message = "";
  const errors: unknown[] = [
    ...[named, changed, coded, altered, "ada", { ada: lines }, null],
    new Error(lines, { cause: new Error(lines, { cause: lines }) }),
    new DOMException(lines, "DataError"),
  ];
  for (const error of errors) {
    const text = JSON.stringify(eventOf(error, false, { user_id: "ada", error: "ada", a: lines }));
    assert.doesNotMatch(text, /ada/);
    assert.match(text, /It failed/);
  }
});

test("an event has the frames of each cause, the outermost error last", () => {
  const event = eventOf(new TypeError("a", { cause: new RangeError("b\nc", { cause: "d" }) }));
  const values = event.exception!.values!;
  assert.deepEqual(values.map(({ type }) => type), ["NonError", "RangeError", "TypeError"]);
  assert.deepEqual(values.map(({ value }) => value), [undefined, undefined, "It failed"]);
  for (const { stacktrace } of values.slice(1)) {
    const [frame] = stacktrace!.frames!;
    assert.equal(frame!.filename, "app:///tests/observability/sentry_event_test.ts");
    assert.equal(frame!.in_app, true);
  }
  assert.equal(event.timestamp, 1.5);
});

test("causes without end come to one", () => {
  const error = new Error("a");
  error.cause = error;
  assert.equal(eventOf(error).exception!.values!.length, 6);
});

test("what the store says is sent: it is the same for every user", () => {
  const error = new StoreUnavailableError("The database cannot be read or written");
  assert.equal(eventOf(error).exception!.values![0]!.value, error.message);
});

test("where ids may be sent, credentials may not", () => {
  const error = new Error("ada at https://hunter2@host/ with Bearer hunter3");
  const value = eventOf(error, true).exception!.values![0]!.value!;
  assert.equal(value, "ada at https://***@host/ with Bearer ***");
});

test("of folders only those of the program and of packages are named", () => {
  const error = new Error("a");
  const stack = ["file:///home/ada/x.ts:1:2", "ext:core/a.js:1:2", "node:fs:1:2"]
    .concat("/home/ada/.cache/deno/npm/registry.npmjs.org/hono/4.13.19/dist/a.js:1:2");
  error.stack = `Error: a\n${stack.map((each) => `    at f (${each})`).join("\n")}`;
  const { frames } = eventOf(error).exception!.values![0]!.stacktrace!;
  assert.deepEqual(frames!.map(({ filename }) => filename), [
    ...["x.ts", "ext:core/a.js", "node:fs", "hono/4.13.19/dist/a.js"],
  ]);
});
