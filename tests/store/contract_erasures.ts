import assert from "node:assert/strict";
import { makeDecision, makeOrigin } from "../support/make.ts";
import { type ContractTest, DECISION_LOG_SIZE, record } from "./contract_support.ts";

/** What is left of users who were erased. */
export function erasureContract(test: ContractTest): void {
  test("an erased user is as one nobody wrote; others and the counts stay", async (store) => {
    const nobody = { version: 0, user: undefined, newest: undefined };
    for (let round = 1; round <= 3; round++) {
      const versions = new Map<string, number>();
      for (let number = 1; number <= 70; number++) {
        await Promise.all(["ada", "adam", `bob-${round}`].map(async (user) => {
          const first = user === "adam" ? 70 * (round - 1) : 0;
          const decision = makeDecision(first + number, { origin: makeOrigin("v1") });
          const expected = versions.get(user) ?? (await store.load(user)).version;
          versions.set(user, await store.commit(user, expected, { decision }));
        }));
      }
      await store.commit("ada", versions.get("ada")!, { user: record() });
      await store.putSync("ada", { lastSyncTs: "t", taskCount: 1 });
      await store.putSync("adam", { lastSyncTs: "t", taskCount: round });
      await store.erase("ada");
      assert.deepEqual(await store.load("ada"), nobody);
      assert.deepEqual(await store.decisions("ada", DECISION_LOG_SIZE), []);
      assert.equal(await store.getSync("ada"), undefined);
      assert.equal((await store.load("adam")).newest?.number, 70 * round);
      assert.equal((await store.decisions("adam", 60)).length, 60);
      assert.equal((await store.decisions(`bob-${round}`, 100)).length, 70);
      assert.equal((await store.getSync("adam"))?.taskCount, round);
      assert.equal((await store.promptCounts()).get("v1")?.shown, 3 * 70 * round);
    }
    await store.erase("ada");
    await store.erase("nobody");
    assert.deepEqual(await store.load("ada"), nobody);
    assert.deepEqual(await store.load("nobody"), nobody);
  });

  test("an erasure has its place among the user's writes", async (store) => {
    const decision = makeDecision(1);
    const all = await Promise.allSettled([
      store.commit("ada", 0, { decision: makeDecision(1) }),
      store.commit("ada", 1, { user: record() }),
      store.putSync("ada", { lastSyncTs: "before", taskCount: 1 }),
      store.erase("ada"),
      store.commit("ada", 2, { decision: makeDecision(2) }),
      store.commit("ada", 0, { decision }),
      store.putSync("ada", { lastSyncTs: "after", taskCount: 2 }),
    ]);
    const failed = all.flatMap(({ status }, i) => status === "rejected" ? [i] : []);
    assert.deepEqual(failed, [4]);
    assert.deepEqual(await store.load("ada"), { version: 1, user: undefined, newest: decision });
    assert.deepEqual(await store.decisions("ada", 10), [decision]);
    assert.equal((await store.getSync("ada"))?.lastSyncTs, "after");
  });

  test("many users with the longest ids are erased at once", async (store) => {
    const users = Array.from({ length: 400 }, (_, i) => `${i}`.padEnd(256, "東"));
    for (const user of users) store.commit(user, 0, { decision: makeDecision(1) });
    await Promise.all(users.map((user, i) => i % 10 ? store.erase(user) : undefined));
    for (const [i, user] of users.entries()) {
      assert.equal((await store.decisions(user, 10)).length, i % 10 ? 0 : 1);
    }
    await Promise.all(Array.from({ length: 400 }, (_, i) => store.erase(`${i}`)));
  });
}
