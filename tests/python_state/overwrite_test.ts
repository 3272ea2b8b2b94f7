import assert from "node:assert/strict";
import { unpack } from "../../wasm/mod.ts";
import { type Decision, NEW_USER } from "../../src/bandit/records.ts";
import { importInto, memory, policyFile, sanitize } from "./harness.ts";

function decision(number: number): Decision {
  return {
    number,
    nonce: new Uint8Array(8),
    at: 1,
    policy: "linucb-v1",
    exploring: false,
    propensity: 1,
    score: 0,
    position: 0,
    tipId: "t",
    source: "s",
    sourceId: null,
    origin: null,
    inputs: { hour: 0, day: 0, profile: null },
    tasks: [{ is_overdue: false, task_age_days: 0, priority: 1 }],
    candidateIds: ["t"],
    counters: { "linucb-v1": { pulls: number, explored: 0, lastAt: 1 } },
  };
}

Deno.test(
  "a user who exists is kept, and replaced by force behind the decisions",
  sanitize,
  async () => {
    const files = { "alice.json": policyFile(5, 7) };
    await using store = memory();
    const version = await store.commit("alice", 0, { decision: decision(41) });
    const kept = await importInto(store, files, ["alice"]);
    assert.deepEqual(kept.kept, [{ user: "alice", parts: ["linucb-v1"] }]);
    assert.deepEqual(kept.digests, {});
    assert.equal((await store.load("alice")).version, version);

    const applied = new Uint8Array(24).fill(9);
    await store.commit("alice", version, { user: { ...NEW_USER, floor: 3, applied } });
    assert.equal((await importInto(store, files, ["alice"])).kept.length, 1);
    const forced = await importInto(store, files, ["alice"], { force: true });
    assert.equal(forced.imported.length, 1);
    const { user, version: after } = await store.load("alice");
    assert.ok(user);
    assert.equal(user.floor, 41);
    assert.deepEqual([...user.applied], [...applied]);
    assert.equal(user.rewards.length, 0);
    const model = user.models["linucb-v1"];
    assert.ok(model);
    assert.deepEqual(unpack(model.A, 5), policyFile(5).A);
    assert.equal(model.cumulativeReward, 7);

    // Once more changes nothing, by force or not; a decision since is the service's again.
    assert.equal((await importInto(store, files, ["alice"], { force: true })).unchanged.length, 1);
    assert.equal((await store.load("alice")).version, after);
    await store.commit("alice", after, { decision: decision(42) });
    assert.equal((await importInto(store, files, ["alice"])).kept.length, 1);
  },
);

Deno.test(
  "a sync that an event wrote since is kept, and does not keep models out",
  sanitize,
  async () => {
    const files = {
      "al.json": policyFile(5),
      "al_sync.json": { last_sync_ts: "old", task_count: 1 },
    };
    await using store = memory();
    await store.putSync("al", { lastSyncTs: "new", taskCount: 2 });
    const report = await importInto(store, files, ["al"]);
    assert.deepEqual(report.imported, [{ user: "al", parts: ["linucb-v1"] }]);
    assert.deepEqual(report.kept, [{ user: "al", parts: ["sync"] }]);
    await importInto(store, files, ["al"], { force: true });
    assert.deepEqual(await store.getSync("al"), { lastSyncTs: "old", taskCount: 1 });
  },
);
