import assert from "node:assert/strict";
import { Metrics } from "../../../src/observability/metrics/mod.ts";
import { ConflictError, openDenoKvStore, StoreUnavailableError } from "../../../src/store/mod.ts";
import { inDirectory } from "../../support/directory.ts";
import { Exposition } from "../../support/exposition.ts";
import { makeDecision } from "../../support/make.ts";
import { test } from "../../support/scorer.ts";

test("writes wait, are made durable together, and may fail", async () => {
  await inDirectory(async (directory) => {
    const metrics = new Metrics();
    const read = async () => new Exposition(await metrics.text());
    const observer = metrics.store;
    const store = await openDenoKvStore({ directory, decisionLogSize: 100, observer });
    const decide = (user: string, version: number) =>
      store.commit(user, version, { decision: makeDecision(version + 1) });

    const writes = ["ada", "bob", "eve"].map((user) => decide(user, 0));
    assert.equal(store.waitingWrites, 3);
    await writes[0];
    await Promise.all(writes);
    await decide("ada", 1);
    let found = await read();
    assert.deepEqual(
      ["1", "2", "5", "+Inf"].map((le) => found.value("store_batch_writes_bucket", { le })),
      [1, 1, 2, 2],
    );
    assert.equal(found.value("store_batch_writes_sum"), 4);
    assert.equal(found.value("store_commit_duration_seconds_count"), 2);
    assert.ok(found.value("store_commit_duration_seconds_sum") > 0);

    // A conflict writes nothing, and is no failure of the store.
    await assert.rejects(decide("ada", 0), ConflictError);
    await store[Symbol.asyncDispose]();
    assert.equal(store.waitingWrites, 0);
    found = await read();
    assert.equal(found.value("store_commit_duration_seconds_count"), 2);
    assert.equal(found.value("store_failed_commits_total"), 0);

    await assert.rejects(decide("ada", 2), StoreUnavailableError);
    found = await read();
    assert.equal(found.value("store_failed_commits_total"), 1);
    assert.equal(found.value("store_batch_writes_count"), 2);
  });
});
