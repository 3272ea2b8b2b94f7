import assert from "node:assert/strict";
import { instantOf, isoOf } from "../../src/events/time.ts";
import { SyncRecords } from "../../src/events/sync_records.ts";
import { test } from "../support/scorer.ts";
import { CountingStore } from "./harness.ts";

const record = (second: number) => ({
  lastSyncTs: `2026-11-21T10:00:${String(second).padStart(2, "0")}Z`,
  taskCount: second,
});

test("of syncs that come together, in any order, the newest stays", async () => {
  for (const cacheUsers of [1, 100]) {
    const store = new CountingStore();
    const records = new SyncRecords(store, cacheUsers);
    const seconds = [3, 1, 9, 4, 9, 2, 8];
    await Promise.all(
      ["a", "b"].flatMap((user) => seconds.map((s) => records.keepNewest(user, record(s)))),
    );
    for (const user of ["a", "b"]) {
      assert.deepEqual(await store.getSync(user), record(9));
      const written = store.writes.filter((each) => each.user === user);
      assert.deepEqual(written.map(({ count }) => count), [3, 9]);
    }
  }
});

test("a write that fails is told to its caller alone, and counts for nothing", async () => {
  const store = new CountingStore();
  const records = new SyncRecords(store, 10);
  await records.keepNewest("a", record(1));
  store.failing = true;
  await assert.rejects(records.keepNewest("a", record(5)), /disk full/);
  store.failing = false;
  assert.equal(await records.keepNewest("a", record(5)), true);
  assert.equal(await records.keepNewest("a", record(5)), false);
});

test("of a user who was erased an older sync is kept again", async () => {
  const store = new CountingStore();
  const records = new SyncRecords(store, 10);
  await records.keepNewest("a", record(9));
  await store.erase("a");
  records.forget("a");
  assert.equal(await records.keepNewest("a", record(3)), true);
  assert.deepEqual(await store.getSync("a"), record(3));
  records.forget("nobody");
});

test("a sync that was under way amid an erasure is not remembered", async () => {
  const store = new class extends CountingStore {
    override async putSync(user: string, sync: ReturnType<typeof record>) {
      await super.putSync(user, sync);
      await this.erase(user);
      records.forget(user);
    }
  }();
  const records = new SyncRecords(store, 10);
  await records.keepNewest("a", record(9));
  assert.equal(await records.keepNewest("a", record(3)), true);
});

test("a real time is better than an imported text that is none", async () => {
  const store = new CountingStore();
  await store.putSync("a", { lastSyncTs: "yesterday", taskCount: 1 });
  assert.equal(await new SyncRecords(store, 10).keepNewest("a", record(2)), true);
});

test("instants keep nanoseconds, and know their offsets", () => {
  assert.equal(instantOf("1970-01-01T00:00:00.000000001Z"), 1n);
  assert.equal(instantOf("1970-01-01T01:00+01:00"), 0n);
  assert.equal(instantOf("1970-01-01T00:00:01"), 1_000_000_000n);
  assert.equal(instantOf("1970-01-01"), undefined);
  assert.equal(instantOf("2026-13-01T00:00:00Z"), undefined);
  const nanos = 1_795_000_000_123_456_789n;
  assert.equal(instantOf(isoOf(nanos)), nanos);
});
