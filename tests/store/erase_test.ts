/**
 * An erasure in the embedded store leaves nothing in any row, and comes whole or not at all
 * wherever its writes fail.
 *
 * @module
 */
import assert from "node:assert/strict";
import { NEW_USER } from "../../src/bandit/records.ts";
import { DATABASE } from "../../src/store/deno_kv/open.ts";
import { DenoKvStore } from "../../src/store/deno_kv/store.ts";
import { openDenoKvStore, type Store, StoreUnavailableError } from "../../src/store/mod.ts";
import { inDirectory } from "../support/directory.ts";
import { makeDecision, makeOrigin } from "../support/make.ts";
import { rawRows, rowsWith } from "../support/raw_rows.ts";
import { test } from "../support/scorer.ts";

const decisionLogSize = 200;
/** Always moving; in the middle of a generation; nothing has moved. */
const JOURNALS = [1, 20_000, 10_000_000];
const DECISIONS = 150;
const USER = "erased-user";
const TIP = "planted-tip";

async function append(store: Store, user: string, count: number): Promise<void> {
  let { version, newest } = await store.load(user);
  const first = (newest?.number ?? 0) + 1;
  for (let number = first; number < first + count; number++) {
    const decision = makeDecision(number, {
      tipId: `${user === USER ? TIP : "tip"}-${number}`,
      origin: user === "zoe" ? null : makeOrigin("v1"),
    });
    version = await store.commit(user, version, { decision });
  }
}

/** The user in every kind of row, beside others. */
async function fill(store: Store): Promise<void> {
  await Promise.all([append(store, USER, DECISIONS), append(store, "bob", 40)]);
  await append(store, "eve", 10);
  await append(store, USER, 10);
  const { version } = await store.load(USER);
  await store.commit(USER, version, { user: { ...NEW_USER, floor: 1 } });
  await store.putSync(USER, { lastSyncTs: "t", taskCount: 1 });
  await store.putSync("bob", { lastSyncTs: "t", taskCount: 2 });
}

/** Whether the user is there whole, or gone whole; any other state fails. */
async function isThere(store: Store): Promise<boolean> {
  const { version, user, newest } = await store.load(USER);
  const decisions = await store.decisions(USER, decisionLogSize);
  const sync = await store.getSync(USER);
  const found = [version, user?.floor, newest?.number, decisions.length, sync?.taskCount];
  const there = version > 0;
  const all = DECISIONS + 10;
  assert.deepEqual(
    found,
    there ? [all + 1, 1, all, all, 1] : [0, undefined, undefined, 0, undefined],
  );
  return there;
}

async function othersAreThere(store: Store): Promise<void> {
  const numbers = async (user: string) =>
    (await store.decisions(user, decisionLogSize)).map(({ number }) => number);
  assert.deepEqual(await numbers("bob"), Array.from({ length: 40 }, (_, i) => 40 - i));
  assert.deepEqual(await numbers("eve"), Array.from({ length: 10 }, (_, i) => 10 - i));
  assert.equal((await store.getSync("bob"))?.taskCount, 2);
  assert.equal((await store.promptCounts()).get("v1")?.shown, DECISIONS + 60);
}

async function nothingLiesThere(directory: string): Promise<void> {
  const rows = await rawRows(directory);
  assert.ok(rows.length > 3);
  for (const text of [USER, TIP, "erasing"]) assert.deepEqual(rowsWith(rows, text), []);
}

test("nothing of an erased user lies in any row, wherever the journal stood", async () => {
  for (const journalBytes of JOURNALS) {
    await inDirectory(async (directory) => {
      const options = { directory, decisionLogSize, journalBytes };
      {
        await using store = await openDenoKvStore(options);
        await fill(store);
        assert.ok(await isThere(store));
        assert.ok(rowsWith(await rawRows(directory), TIP).length > 0);
        await store.erase(USER);
        assert.ok(!await isThere(store));
        await nothingLiesThere(directory);
        await othersAreThere(store);
        await append(store, "zoe", 100); // and nothing of it comes back as the journal moves
        await nothingLiesThere(directory);
        await append(store, USER, 5);
        assert.equal((await store.decisions(USER, 10)).length, 5);
        await store.erase(USER);
      }
      await nothingLiesThere(directory);
      await using store = await openDenoKvStore(options);
      assert.ok(!await isThere(store));
      assert.equal((await store.decisions("zoe", decisionLogSize)).length, 100);
    });
  }
});

test("what has moved leaves its journal row too, at every point of a generation", async () => {
  await inDirectory(async (directory) => {
    await using store = await openDenoKvStore({ directory, decisionLogSize, journalBytes: 4_000 });
    const name = (n: number) => `user-${n}-`;
    const erased = new Set<string>();
    for (let n = 0; n < 300; n++) {
      const decision = makeDecision(1, { tipId: name(n) });
      await Promise.all([store.commit(name(n), 0, { decision }), append(store, "bob", 1)]);
      if (n % 3 !== 0) continue;
      const other = name(n - n % 14); // two generations ago at the most
      await store.erase(other);
      erased.add(other);
      assert.deepEqual(rowsWith(await rawRows(directory), other), []);
    }
    for (let n = 0; n < 300; n++) {
      assert.equal((await store.load(name(n))).version, erased.has(name(n)) ? 0 : 1);
    }
    assert.equal((await store.decisions("bob", decisionLogSize)).length, decisionLogSize);
  });
});

/** When an atomic write fails, of those that come while it is set. */
interface Fault {
  /** How many succeed before it. */
  after: number;
  /** Whether it is done all the same, and only its answer is lost. */
  readonly done: boolean;
}

/** A store whose atomic writes fail while there is a fault. */
async function openFaulty(directory: string, journalBytes: number) {
  const kv = await Deno.openKv(`${directory}/${DATABASE}`);
  const lock = await Deno.open(`${directory}/lock`, { create: true, write: true });
  let fault: Fault | undefined;
  const atomic = kv.atomic.bind(kv);
  kv.atomic = () => {
    const operation = atomic();
    const commit = operation.commit.bind(operation);
    operation.commit = async () => {
      const fails = fault !== undefined && fault.after-- <= 0;
      if (fails && !fault?.done) throw new Error("the disk is full");
      const result = await commit();
      if (fails) throw new Error("the answer was lost");
      return result;
    };
    return operation;
  };
  const store = new DenoKvStore(kv, lock, { decisionLogSize, journalBytes });
  return { store, set: (next: Fault | undefined) => fault = next };
}

test("an erasure whose write fails is whole or not begun, for this process and the next", async () => {
  for (const journalBytes of JOURNALS) {
    for (const done of [false, true]) {
      let outcomes = "";
      for (let after = 0; outcomes.at(-1) !== "!"; after++) {
        await inDirectory(async (directory) => {
          await Deno.mkdir(directory);
          let there: boolean;
          {
            const { store, set } = await openFaulty(directory, journalBytes);
            await using _ = store;
            await fill(store);
            set({ after, done });
            try {
              await store.erase(USER);
              outcomes += "!"; // it took fewer writes
            } catch (error) {
              assert.ok(error instanceof StoreUnavailableError);
              outcomes += await isThere(store) ? "-" : "+";
            }
            there = await isThere(store);
            await othersAreThere(store);
            // While it fails on, reads work, and no write comes between.
            if (outcomes.at(-1) !== "!") {
              await assert.rejects(append(store, "zoe", 1), StoreUnavailableError);
              assert.equal(await isThere(store), there);
            }
          }
          {
            await using store = await openDenoKvStore({ directory, decisionLogSize, journalBytes });
            assert.equal(await isThere(store), there);
            if (!there) await nothingLiesThere(directory);
            await othersAreThere(store);
          }
        });
      }
      // Its first write decides; there are others after it.
      assert.match(outcomes, done ? /^\+{2,}!$/ : /^-\++!$/, `${journalBytes}`);
    }
  }
});

test("an erasure that failed is finished by the next write, or called again", async () => {
  for (const again of [false, true]) {
    await inDirectory(async (directory) => {
      await Deno.mkdir(directory);
      const { store, set } = await openFaulty(directory, 20_000);
      await using _ = store;
      await fill(store);
      set({ after: 1, done: false });
      await assert.rejects(store.erase(USER), StoreUnavailableError);
      assert.ok(rowsWith(await rawRows(directory), TIP).length > 0);
      set(undefined);
      if (again) await store.erase(USER);
      else await append(store, "zoe", 1);
      await nothingLiesThere(directory);
      await othersAreThere(store);
      await append(store, USER, 3);
      assert.equal((await store.decisions(USER, 10)).length, 3);
    });
  }
});
