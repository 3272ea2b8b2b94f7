import assert from "node:assert/strict";
import { openBulkStore } from "../../src/store/deno_kv/bulk.ts";
import { beginErasing } from "../../src/store/deno_kv/erase.ts";
import { DATABASE } from "../../src/store/deno_kv/open.ts";
import { openSnapshot } from "../../src/store/deno_kv/snapshot.ts";
import { openDenoKvStore } from "../../src/store/mod.ts";
import { inDirectory } from "../support/directory.ts";
import { makeDecision } from "../support/make.ts";
import { rawRows, rowsWith } from "../support/raw_rows.ts";
import { test } from "../support/scorer.ts";

const decisionLogSize = 256;

/** A store of two users with decisions in the journal and in rows, where ada's erasure was cut. */
async function halfErased(directory: string): Promise<void> {
  for (const journalBytes of [0, 1_000_000]) {
    await using store = await openDenoKvStore({ directory, decisionLogSize, journalBytes });
    for (const user of ["ada", "bob"]) {
      const { version, newest } = await store.load(user);
      const decision = makeDecision((newest?.number ?? 0) + 1);
      await store.commit(user, version, { decision });
      await store.putSync(user, { lastSyncTs: "2026-11-21T10:00:00Z", taskCount: 1 });
    }
  }
  using kv = await Deno.openKv(`${directory}/${DATABASE}`);
  await beginErasing(kv, new Set(["ada"]));
}

test("whoever reads a database finds nothing of a user whose erasure was begun", async () => {
  await inDirectory(async (directory) => {
    await halfErased(directory);
    assert.ok(rowsWith(await rawRows(directory), "ada").length > 1);
    {
      await using snapshot = await openSnapshot(`${directory}/${DATABASE}`);
      const users = await Array.fromAsync(snapshot.users());
      assert.deepEqual(users.map(({ user }) => user), ["bob"]);
      assert.equal((await snapshot.user("bob"))?.decisions.length, 2);
    }
    assert.deepEqual(rowsWith(await rawRows(directory), "ada"), []);
  });
});

test("whoever replaces users finds nothing of one whose erasure was begun", async () => {
  await inDirectory(async (directory) => {
    await halfErased(directory);
    {
      await using store = await openBulkStore({ directory, decisionLogSize });
      assert.equal(await store.load("ada"), undefined);
      assert.equal((await store.load("bob"))?.decisions.length, 2);
    }
    assert.deepEqual(rowsWith(await rawRows(directory), "ada"), []);
  });
});
