import assert from "node:assert/strict";
import { encode } from "@msgpack/msgpack";
import { MAX_MODELS } from "../../src/bandit/prompt_counts.ts";
import { NEW_USER } from "../../src/bandit/records.ts";
import { encodeDecision } from "../../src/store/codec.ts";
import { encodeJournalRow } from "../../src/store/deno_kv/rows.ts";
import { keys } from "../../src/store/deno_kv/layout.ts";
import { DATABASE } from "../../src/store/deno_kv/open.ts";
import { DenoKvStore } from "../../src/store/deno_kv/store.ts";
import { NewerRecordError, openDenoKvStore, type Store } from "../../src/store/mod.ts";
import { inDirectory } from "../support/directory.ts";
import { makeDecision, makeOrigin } from "../support/make.ts";
import { test } from "../support/scorer.ts";

const decisionLogSize = 100;

const shown = (number: number, version = "v1", model: string | null = null) => ({
  decision: makeDecision(number, { origin: makeOrigin(version, model) }),
});
const reacted = { user: NEW_USER, reacted: { promptVersion: "v1", reward: 1 } };
async function countsOf(store: Store, version = "v1") {
  const counts = (await store.promptCounts()).get(version);
  return [counts?.shown, counts?.rewarded];
}

test("counts are there after closing and opening, and go on", async () => {
  await inDirectory(async (directory) => {
    for (let round = 1; round <= 3; round++) {
      await using store = await openDenoKvStore({ directory, decisionLogSize });
      if (round === 2) assert.deepEqual(await countsOf(store), [1, 1]); // read before, or by a write
      const { version } = await store.load("ada");
      const next = await store.commit("ada", version, shown(round));
      await store.commit("ada", next, reacted);
      assert.deepEqual(await countsOf(store), [round, round]);
    }
  });
});

test("a write that was not done counts nothing, and the next counts once", async () => {
  await inDirectory(async (directory) => {
    await using store = await openDenoKvStore({ directory, decisionLogSize });
    const first = await store.commit("ada", 0, shown(1));
    const kv = await Deno.openKv(`${directory}/${DATABASE}`);
    const foreign = { user: "bob", number: 1, bytes: encodeDecision(makeDecision(1)) };
    await kv.set(keys.journalRow(2), encodeJournalRow([foreign]));
    kv.close();
    await assert.rejects(store.commit("ada", first, shown(2)), /Another process writes/);
    assert.deepEqual(await countsOf(store), [1, 0]);
    const { version } = await store.load("ada");
    await store.commit("ada", version, shown(2));
    assert.deepEqual(await countsOf(store), [2, 0]);
  });
});

test("a write that was done though it failed is counted once, as what it wrote is there", async () => {
  await inDirectory(async (directory) => {
    await Deno.mkdir(directory);
    const kv = await Deno.openKv(`${directory}/${DATABASE}`);
    let broken = false;
    const atomic = kv.atomic.bind(kv);
    kv.atomic = () => {
      const operation = atomic();
      const commit = operation.commit.bind(operation);
      operation.commit = async () => {
        const result = await commit();
        if (broken) throw new Error("the answer was lost");
        return result;
      };
      return operation;
    };
    const lock = await Deno.open(`${directory}/lock`, { create: true, write: true });
    await using store = new DenoKvStore(kv, lock, { decisionLogSize });
    const first = await store.commit("ada", 0, shown(1));
    broken = true;
    await assert.rejects(store.commit("ada", first, shown(2)));
    broken = false;
    const { version, newest } = await store.load("ada");
    assert.equal(newest?.number, 2);
    assert.deepEqual(await countsOf(store), [2, 0]);
    await store.commit("ada", version, reacted);
    assert.deepEqual(await countsOf(store), [2, 1]);
  });
});

test("the largest counts of many versions at once fit Deno KV's limits", async () => {
  await inDirectory(async (directory) => {
    const VERSIONS = 110; // of 8 KB each: more than one atomic write takes
    const version = (i: number) => `${i}`.padEnd(64, "v");
    {
      await using store = await openDenoKvStore({ directory, decisionLogSize });
      for (let model = 0; model < MAX_MODELS; model++) {
        const name = `${model}`.padEnd(150, "m");
        await Promise.all(
          Array.from(
            { length: VERSIONS },
            (_, i) => store.commit(`user-${i}`, model, shown(model + 1, version(i), name)),
          ),
        );
      }
    }
    await using store = await openDenoKvStore({ directory, decisionLogSize });
    const counts = await store.promptCounts();
    assert.equal(counts.size, VERSIONS);
    for (const { shown, models } of counts.values()) {
      assert.deepEqual([shown, Object.keys(models).length], [MAX_MODELS, MAX_MODELS]);
    }
  });
});

test("decisions without an origin write no counts, nor read them", async () => {
  await inDirectory(async (directory) => {
    {
      await using store = await openDenoKvStore({ directory, decisionLogSize });
      await store.commit("ada", 0, { decision: makeDecision(1) });
    }
    const kv = await Deno.openKv(`${directory}/${DATABASE}`);
    const rows = [];
    for await (const row of kv.list({ prefix: keys.prompts })) rows.push(row);
    assert.deepEqual(rows, []);
    await kv.set(keys.promptRow("v1"), encode([2, "a new shape"]));
    kv.close();
    await using store = await openDenoKvStore({ directory, decisionLogSize });
    await assert.rejects(store.promptCounts(), NewerRecordError);
    await assert.rejects(store.commit("bob", 0, shown(1)), NewerRecordError);
    await store.commit("bob", 0, { decision: makeDecision(1) });
    assert.equal((await store.load("bob")).newest?.origin, null);
  });
});
