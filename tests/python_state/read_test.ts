import assert from "node:assert/strict";
import { unpack } from "../../wasm/mod.ts";
import { parsePythonFile, PythonFileError } from "../../src/python_state/read.ts";

const sanitize = { sanitizeOps: true, sanitizeResources: true, sanitizeExit: true };

const d = 5;
const A = (change: (rows: number[][]) => void = () => {}): number[][] => {
  const rows = Array.from({ length: d }, (_, i) => Array.from({ length: d }, (_, j) => +(i === j)));
  rows[0]![1] = rows[1]![0] = 0.25;
  change(rows);
  return rows;
};
const b = [1, 2, 3, 4, 5];
const meta = {
  pulls: 3,
  reward_count: 2,
  cumulative_reward: -1.5,
  last_updated: "2026-04-25T10:00:00Z",
};
const at = Date.UTC(2026, 3, 25, 10);

Deno.test("a policy file gives model and counter", sanitize, () => {
  const read = parsePythonFile(JSON.stringify({ A: A(), b, meta }));
  assert.ok(read.kind === "linucb-v1" && read.model);
  assert.deepEqual(unpack(read.model.A, d), A());
  assert.deepEqual([...read.model.b], b);
  assert.equal(read.model.rewardCount, 2);
  assert.equal(read.model.cumulativeReward, -1.5);
  assert.equal(read.model.lastUpdated, at);
  assert.deepEqual(read.counter, { pulls: 3, explored: 0, lastAt: at });
});

Deno.test("counters that Python had not written yet are 0", sanitize, () => {
  const identity = A((rows) => rows[0]![1] = rows[1]![0] = 0);
  const zeros = b.map(() => 0);
  const pulled = { pulls: 2, last_updated: meta.last_updated };
  assert.deepEqual(parsePythonFile(JSON.stringify({ A: identity, b: zeros, meta: pulled })), {
    kind: "linucb-v1",
    model: undefined,
    counter: { pulls: 2, explored: 0, lastAt: at },
  });
  const { model, counter } = { model: undefined, counter: undefined };
  assert.deepEqual(parsePythonFile(JSON.stringify({ A: identity, b: zeros })), {
    kind: "linucb-v1",
    model,
    counter,
  });
});

Deno.test("a sync file is told by its content", sanitize, () => {
  assert.deepEqual(parsePythonFile('{"last_sync_ts": "whenever", "task_count": 3}'), {
    kind: "sync",
    sync: { lastSyncTs: "whenever", taskCount: 3 },
  });
});

const REFUSED: readonly (readonly [string, unknown, RegExp])[] = [
  ["not positive definite", { A: A((r) => r[2]![2] = -1), b, meta }, /not positive definite/],
  ["singular", { A: A((r) => r[2]![2] = 0), b, meta }, /not positive definite/],
  ["asymmetric", { A: A((r) => r[0]![3] = 0.5), b, meta }, /not symmetric/],
  ["a short row", { A: A((r) => r[1]!.pop()), b, meta }, /malformed/],
  ["a dimension of no policy", { A: A().slice(0, 4), b, meta }, /no policy has 4 features/],
  ["an empty matrix", { A: [], b: [], meta }, /no policy has 0 features/],
  ["a short b", { A: A(), b: [1, 2], meta }, /b has 2 numbers/],
  ["a null in A", { A: A((r) => r[0]![0] = NaN), b, meta }, /A\.0\.0/],
  ["a text in b", { A: A(), b: [...b.slice(1), "1"], meta }, /b\.4/],
  ["a negative count", { A: A(), b, meta: { ...meta, pulls: -1 } }, /meta\.pulls/],
  ["a broken count", { A: A(), b, meta: { ...meta, reward_count: 1.5 } }, /meta\.reward_count/],
  ["more explored than pulled", { A: A(), b, meta: { ...meta, explore_count: 4 } }, /meta/],
  ["another time format", { A: A(), b, meta: { ...meta, last_updated: "today" } }, /last_updated/],
  ["a time that is none", {
    A: A(),
    b,
    meta: { ...meta, last_updated: "2026-02-30T10:00:00Z" },
  }, /last_updated/],
  ["meta that is no object", { A: A(), b, meta: [] }, /meta/],
  ["no model at all", { hello: 1 }, /^A:/],
  ["a list", [1], /the file/],
  ["a broken sync", { last_sync_ts: 5, task_count: 1 }, /last_sync_ts/],
  ["a sync of less than no tasks", { last_sync_ts: "t", task_count: -1 }, /task_count/],
];

for (const [title, content, reason] of REFUSED) {
  Deno.test(`${title} is refused`, sanitize, () => {
    assert.throws(() => parsePythonFile(JSON.stringify(content)), (error) => {
      assert.ok(error instanceof PythonFileError);
      assert.match(error.message, reason);
      return true;
    });
  });
}

Deno.test("texts that are no JSON are refused, and NaN as what it is", sanitize, () => {
  const text = JSON.stringify({ A: A(), b, meta });
  const refused = (text: string, reason: RegExp) =>
    assert.throws(() => parsePythonFile(text), (error) => {
      assert.ok(error instanceof PythonFileError);
      assert.match(error.message, reason);
      return true;
    });
  refused("", /not JSON/);
  refused(text.slice(0, 100), /cut off/);
  refused(text.replace("0.25", "NaN"), /not finite/);
  refused(text.replace("0.25", "-Infinity"), /not finite/);
  refused(text.replace("0.25", "1e999"), /A\.0\.1/);
});
