import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { DATABASE } from "../../src/store/deno_kv/open.ts";
import { replaceUsers } from "../../src/store/deno_kv/replace.ts";
import { openBulkStore } from "../../src/store/deno_kv/bulk.ts";
import { openDenoKvStore } from "../../src/store/mod.ts";
import { inDirectory } from "../support/directory.ts";
import { makeDecision } from "../support/make.ts";
import { test } from "../support/scorer.ts";
import { fill, plainUser } from "../support/stored_users.ts";

const decisionLogSize = 256;
const ids = (letter: string) => ({
  candidateIds: [letter.repeat(6000), "tip-2"],
  tipId: letter.repeat(6000),
});
/** Larger than any atomic write: 200 decisions of 12 KB. */
const large = plainUser("ada", 200, ids("a"));
const small = plainUser("ada", 3);

/** The database as a process sees it that ends after so many commits. */
function endingAfter(kv: Deno.Kv, commits: number): Deno.Kv {
  let left = commits;
  return new Proxy(kv, {
    get(target, name) {
      if (name !== "atomic") {
        const value: unknown = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      }
      return () => {
        if (left-- === 0) throw new Error("killed");
        return target.atomic();
      };
    },
  });
}

test("a user too large for one write is replaced whole or not at all, wherever it is cut off", async () => {
  for (const [before, after] of [[small, large], [large, small], [undefined, large]] as const) {
    const seen = new Set<unknown>();
    for (let commits = 0, done = false; !done; commits++) {
      await inDirectory(async (directory) => {
        await fill(directory, before ? [before] : []);
        {
          using kv = await Deno.openKv(`${directory}/${DATABASE}`);
          try {
            await replaceUsers(endingAfter(kv, commits), [after]);
            done = true;
          } catch (error) {
            assert.match(String(error), /killed/);
          }
        }
        {
          await using _service = await openDenoKvStore({ directory, decisionLogSize });
        }
        await using store = await openBulkStore({ directory, decisionLogSize });
        const found = await store.load("ada");
        seen.add(found?.decisions.length);
        const whole = found?.decisions.length === after.decisions.length ? after : before;
        // Not deepEqual: what it says of megabytes that differ would take minutes.
        assert.ok(isDeepStrictEqual(found, whole), `cut off after ${commits} commits`);
        using kv = await Deno.openKv(`${directory}/${DATABASE}`);
        for (const prefix of ["staged", "replacing"]) {
          const left = await Array.fromAsync(kv.list({ prefix: [prefix] }));
          assert.equal(left.length, 0, `${prefix} after ${commits} commits`);
        }
      });
    }
    assert.deepEqual(seen, new Set([before?.decisions.length, after.decisions.length]));
  }
});

test("decisions that lie in the journal are replaced as well", async () => {
  await inDirectory(async (directory) => {
    {
      await using store = await openDenoKvStore({ directory, decisionLogSize });
      let version = 0;
      for (let number = 1; number <= 9; number++) {
        version = await store.commit("ada", version, { decision: makeDecision(number) });
        await store.commit("bob", number - 1, { decision: makeDecision(number) });
      }
    }
    await fill(directory, [small]);
    await using store = await openBulkStore({ directory, decisionLogSize });
    assert.deepEqual(await store.load("ada"), small);
    assert.equal((await store.load("bob"))?.decisions.length, 9);
  });
});
