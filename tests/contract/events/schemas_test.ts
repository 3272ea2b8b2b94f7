import assert from "node:assert/strict";
import { eventSchemas, FOLDER } from "../../../scripts/event_schemas.ts";
import {
  Envelope,
  isEnveloped,
  TaskSynced,
  TipFeedback,
} from "../../../src/contract/events/mod.ts";
import { REACTIONS } from "../../../src/contract/mod.ts";
import { test } from "../../support/scorer.ts";

test("the JSON Schemas are those of the code; else run 'deno task events:schema'", () => {
  const files = [...Deno.readDirSync(FOLDER)].map(({ name }) => name);
  assert.deepEqual(files.toSorted(), [...eventSchemas().keys()].toSorted());
  for (const [name, text] of eventSchemas()) {
    assert.equal(Deno.readTextFileSync(new URL(name, FOLDER)), text, name);
  }
});

test("types are strict, and times are ISO 8601", () => {
  const event = { user_id: "u", task_count: 3 };
  const good = [
    {},
    { ts: null },
    { ts: "2026-11-21T10:00:00Z" },
    { extra: 1 },
    {
      ts: "2026-11-21T10:00:00.123456+02:00",
    },
    { ts: "2026-11-21T10:00:00.5" },
    { task_count: 0 },
  ];
  for (const over of good) assert.ok(TaskSynced.safeParse({ ...event, ...over }).success);
  const bad = [
    { task_count: "3" },
    { task_count: 1.5 },
    { task_count: -1 },
    { user_id: "" },
    {
      user_id: 7,
    },
    { ts: "yesterday" },
    { ts: 17 },
    { ts: "2026-13-01T00:00:00Z" },
    { user_id: "a\u0000" },
  ];
  for (const over of bad) {
    assert.ok(!TaskSynced.safeParse({ ...event, ...over }).success, JSON.stringify(over));
  }
});

test("an action is the name of a reaction", () => {
  for (const action of Object.keys(REACTIONS)) {
    assert.ok(TipFeedback.safeParse({ user_id: "u", tip_id: "t", action }).success);
  }
  for (const action of ["Done", "toString", "", 1, null]) {
    assert.ok(!TipFeedback.safeParse({ user_id: "u", tip_id: "t", action }).success);
  }
});

test("an envelope is what has specversion, type and data", () => {
  const envelope = { specversion: "1.0", type: "oo.events.v1.task.synced", data: {} };
  assert.ok(isEnveloped(envelope) && Envelope.safeParse(envelope).success);
  assert.ok(isEnveloped({ ...envelope, specversion: "0.3" }));
  assert.ok(!Envelope.safeParse({ ...envelope, specversion: "0.3" }).success);
  for (const other of [null, [], "text", { specversion: "1.0", type: "t" }, { data: {} }]) {
    assert.ok(!isEnveloped(other));
  }
});
