import assert from "node:assert/strict";
import { encode } from "@msgpack/msgpack";
import { NEW_USER } from "../../src/bandit/records.ts";
import { DATABASE } from "../../src/store/deno_kv/open.ts";
import {
  decodeJournalRow,
  encodeDecisionRow,
  encodeJournalRow,
} from "../../src/store/deno_kv/rows.ts";
import { encodeDecision } from "../../src/store/codec.ts";
import { keys } from "../../src/store/deno_kv/layout.ts";
import {
  NewerRecordError,
  openDenoKvStore,
  type Store,
  StoreOpenError,
  StoreUnavailableError,
} from "../../src/store/mod.ts";
import { inDirectory } from "../support/directory.ts";
import { makeDecision } from "../support/make.ts";
import { test } from "../support/scorer.ts";

const decisionLogSize = 100;

async function append(store: Store, user: string, count: number): Promise<void> {
  let { version, newest } = await store.load(user);
  const first = (newest?.number ?? 0) + 1;
  for (let number = first; number < first + count; number++) {
    version = await store.commit(user, version, { decision: makeDecision(number) });
  }
}

const numbers = async (store: Store, user: string) =>
  (await store.decisions(user, decisionLogSize)).map(({ number }) => number);
const countdown = (from: number, n: number) => Array.from({ length: n }, (_, i) => from - i);

test("what was written is there after closing and opening, wherever the journal stood", async () => {
  for (const journalBytes of [1, 3_000, 20_000, 10_000_000]) {
    await inDirectory(async (directory) => {
      let version = 0;
      for (let round = 1; round <= 4; round++) {
        await using store = await openDenoKvStore({ directory, decisionLogSize, journalBytes });
        await Promise.all([append(store, "ada", 35), append(store, "bob", 7)]);
        const loaded = await store.load("ada");
        assert.ok(loaded.version > version);
        version = await store.commit("ada", loaded.version, {
          user: { ...NEW_USER, floor: round },
        });
        await store.putSync("ada", { lastSyncTs: "t", taskCount: round });
      }
      await using store = await openDenoKvStore({ directory, decisionLogSize, journalBytes });
      const { user, newest, version: last } = await store.load("ada");
      assert.deepEqual([user?.floor, newest?.number, last], [4, 140, version]);
      assert.deepEqual(await numbers(store, "ada"), countdown(140, 100));
      assert.deepEqual(await numbers(store, "bob"), countdown(28, 28));
      assert.equal((await store.getSync("ada"))?.taskCount, 4);
    });
  }
});

test("a crash while the journal moved leaves every decision once", async () => {
  await inDirectory(async (directory) => {
    {
      await using store = await openDenoKvStore({ directory, decisionLogSize });
      await append(store, "ada", 40);
    }
    // As after a crash: some decisions lie in a row of the user, and still in the journal.
    const kv = await Deno.openKv(`${directory}/${DATABASE}`);
    const moved = [1, 2, 3, 4].map((number) => ({
      user: "ada",
      number,
      bytes: encodeDecision(makeDecision(number)),
    }));
    await kv.set(keys.decisionRow("ada", 1), encodeDecisionRow(moved));
    await kv.delete(keys.journalRow(1)); // and the journal's first rows are deleted already
    await kv.delete(keys.journalRow(2));
    kv.close();
    for (const journalBytes of [10_000_000, 1]) {
      await using store = await openDenoKvStore({ directory, decisionLogSize, journalBytes });
      assert.deepEqual(await numbers(store, "ada"), countdown(40, 40));
      await append(store, "bob", 10); // settles, with the small journal
    }
    await using store = await openDenoKvStore({ directory, decisionLogSize });
    assert.deepEqual(await numbers(store, "ada"), countdown(40, 40));
  });
});

test("old decisions are trimmed: the database does not grow with their number", async () => {
  await inDirectory(async (directory) => {
    const rows = async () => {
      const kv = await Deno.openKv(`${directory}/${DATABASE}`);
      let count = 0;
      for await (const _ of kv.list({ prefix: [] })) count++;
      kv.close();
      return count;
    };
    const counts = [];
    for (let round = 0; round < 4; round++) {
      {
        await using store = await openDenoKvStore({
          directory,
          decisionLogSize,
          journalBytes: 500,
        });
        await append(store, "ada", 400);
        assert.deepEqual(await numbers(store, "ada"), countdown(400 * (round + 1), 100));
      }
      counts.push(await rows());
    }
    assert.ok(counts[3]! <= counts[0]! + 40, `${counts}`);
  });
});

test("the journal does not grow with what is written, however many users that is", async () => {
  await inDirectory(async (directory) => {
    {
      await using store = await openDenoKvStore({
        directory,
        decisionLogSize,
        journalBytes: 10_000,
      });
      const users = Array.from({ length: 150 }, (_, i) => `user-${i}`);
      for (let round = 0; round < 60; round++) {
        await Promise.all(users.map((user) => append(store, user, 1)));
      }
    }
    const kv = await Deno.openKv(`${directory}/${DATABASE}`);
    const rows = await Array.fromAsync(kv.list<Uint8Array>({ prefix: keys.journal }));
    const decisions = rows.flatMap(({ value }) => decodeJournalRow(value));
    kv.close();
    assert.ok(decisions.length <= 6 * 150, `${decisions.length} decisions in ${rows.length} rows`);
  });
});

test("nor do the rows of users with the longest ids, each decision of whom has one", async () => {
  await inDirectory(async (directory) => {
    const size = 4;
    const users = Array.from({ length: 40 }, (_, i) => `${i}`.padStart(256, "漢"));
    {
      await using store = await openDenoKvStore({
        directory,
        decisionLogSize: size,
        journalBytes: 1,
      });
      for (let round = 0; round < 100; round++) {
        await Promise.all(users.map((user) => append(store, user, 1)));
      }
      for (const user of users) {
        const found = await store.decisions(user, size);
        assert.deepEqual(found.map(({ number }) => number), countdown(100, size));
      }
    }
    const kv = await Deno.openKv(`${directory}/${DATABASE}`);
    const rows = await Array.fromAsync(kv.list({ prefix: ["decisions"] }));
    kv.close();
    assert.ok(rows.length <= users.length * 2 * (size + 32), `${rows.length} rows`);
  });
});

test("a second process is refused, and told why", async () => {
  await inDirectory(async (directory) => {
    await using _store = await openDenoKvStore({ directory, decisionLogSize });
    await assert.rejects(
      openDenoKvStore({ directory, decisionLogSize }),
      (error) => error instanceof StoreOpenError && /in use by another process/.test(error.message),
    );
  });
});

test("the directory is closed to others; a link or a file in its place is refused", async () => {
  await inDirectory(async (directory) => {
    {
      await using _store = await openDenoKvStore({ directory, decisionLogSize });
      assert.equal((await Deno.stat(directory)).mode! & 0o777, 0o700);
    }
    await Deno.chmod(directory, 0o755);
    {
      await using _store = await openDenoKvStore({ directory, decisionLogSize });
      assert.equal((await Deno.stat(directory)).mode! & 0o777, 0o700);
    }
    const link = `${directory}-link`;
    await Deno.symlink(directory, link);
    await assert.rejects(openDenoKvStore({ directory: link, decisionLogSize }), /is a link/);
    const file = `${directory}-file`;
    await Deno.writeTextFile(file, "");
    await assert.rejects(
      openDenoKvStore({ directory: file, decisionLogSize }),
      /is not a directory/,
    );
  });
});

test("a damaged file is named, and left as it is", async () => {
  await inDirectory(async (directory) => {
    await Deno.mkdir(directory);
    const path = `${directory}/${DATABASE}`;
    const damaged = "this is no database ".repeat(1000);
    await Deno.writeTextFile(path, damaged);
    await assert.rejects(
      openDenoKvStore({ directory, decisionLogSize }),
      (error) =>
        error instanceof StoreOpenError && error.message.includes(path) &&
        /damaged/.test(error.message),
    );
    assert.equal(await Deno.readTextFile(path), damaged);
  });
});

test("a newer version's database, record or decision is refused, not guessed at", async () => {
  await inDirectory(async (directory) => {
    {
      await using store = await openDenoKvStore({ directory, decisionLogSize });
      await append(store, "bob", 1);
    }
    const kv = await Deno.openKv(`${directory}/${DATABASE}`);
    await kv.set(keys.user("ada"), encode([1, encode([2, "a new shape"])]));
    await kv.set(keys.user("eve"), encode([1, new Uint8Array([0xc1])]));
    await kv.set(keys.sync("ada"), encode([2, { a: "new shape" }]));
    const newer = { user: "bob", number: 0, bytes: encode([9]) };
    await kv.set(keys.decisionRow("bob", 0), encodeDecisionRow([newer]));
    const damaged = encodeDecisionRow([{ user: "kim", number: 1, bytes: new Uint8Array(100) }]);
    damaged[10]! ^= 1;
    await kv.set(keys.decisionRow("kim", 1), damaged);
    {
      await kv.set(keys.format, 2);
      await assert.rejects(openDenoKvStore({ directory, decisionLogSize }), /has format 2/);
      await kv.set(keys.format, 1);
    }
    kv.close();
    await using store = await openDenoKvStore({ directory, decisionLogSize });
    await assert.rejects(store.load("ada"), NewerRecordError);
    await assert.rejects(store.getSync("ada"), NewerRecordError);
    await assert.rejects(store.decisions("bob", 2), NewerRecordError);
    await assert.rejects(store.load("eve"), StoreUnavailableError);
    await assert.rejects(store.decisions("kim", 1), /A row of decisions is damaged/);
    await assert.rejects(store.commit("ada", 1, { user: NEW_USER }), NewerRecordError);
    await append(store, "zoe", 1); // others go on
  });
});

test("a write beside the only writer is noticed, and nothing of it is lost", async () => {
  await inDirectory(async (directory) => {
    await using store = await openDenoKvStore({ directory, decisionLogSize });
    await append(store, "ada", 2);
    const kv = await Deno.openKv(`${directory}/${DATABASE}`);
    const foreign = { user: "bob", number: 1, bytes: encodeDecision(makeDecision(1)) };
    await kv.set(keys.journalRow(3), encodeJournalRow([foreign]));
    kv.close();
    const { version } = await store.load("ada");
    await assert.rejects(
      store.commit("ada", version, { decision: makeDecision(3) }),
      /Another process writes/,
    );
    assert.deepEqual(await numbers(store, "ada"), [2, 1]);
    assert.deepEqual(await numbers(store, "bob"), [1]);
    await append(store, "ada", 1);
    assert.deepEqual(await numbers(store, "ada"), [3, 2, 1]);
  });
});
