import assert from "node:assert/strict";
import fc from "fast-check";
import { ConflictError, type Store } from "../../src/store/mod.ts";
import { makeDecision } from "../support/make.ts";
import { erasureContract } from "./contract_erasures.ts";
import { promptCountContract } from "./contract_prompt_counts.ts";
import { type ContractTest, DECISION_LOG_SIZE, record } from "./contract_support.ts";

/** What every store keeps: run on each adapter with a way to open an empty one. */
export function storeContract(name: string, open: () => Promise<Store>): void {
  const test: ContractTest = (what, run) =>
    Deno.test({
      name: `${name}: ${what}`,
      sanitizeOps: true,
      sanitizeResources: true,
      sanitizeExit: true,
      fn: async () => {
        await using store = await open();
        await run(store);
      },
    });

  test("a user nobody wrote is at version 0 and empty", async (store) => {
    assert.deepEqual(await store.load("nobody"), {
      version: 0,
      user: undefined,
      newest: undefined,
    });
    assert.deepEqual(await store.decisions("nobody", 10), []);
    assert.equal(await store.getSync("nobody"), undefined);
  });

  test("a record comes back bit for bit, and every change gives a new version", async (store) => {
    const first = await store.commit("ada", 0, { user: record() });
    const decision = makeDecision(1, {
      inputs: { hour: 0, day: 6, profile: [null, 0.25, 1e9, 0, -1] },
    });
    const second = await store.commit("ada", first, { decision });
    const third = await store.commit("ada", second, { user: record({ floor: 1 }) });
    assert.equal(new Set([0, first, second, third]).size, 4);
    assert.deepEqual(await store.load("ada"), {
      version: third,
      user: record({ floor: 1 }),
      newest: decision,
    });
  });

  test("a change from another version is a conflict and changes nothing", async (store) => {
    const version = await store.commit("ada", 0, { decision: makeDecision(1) });
    const before = await store.load("ada");
    for (const expected of [0, version + 1]) {
      await assert.rejects(store.commit("ada", expected, { user: record() }), ConflictError);
      await assert.rejects(
        store.commit("ada", expected, { decision: makeDecision(2) }),
        ConflictError,
      );
    }
    assert.deepEqual(await store.load("ada"), before);
  });

  test("of writers from one version exactly one wins, whatever they write", async (store) => {
    let version = 0;
    for (let round = 1; round <= 20; round++) {
      const results = await Promise.allSettled(
        Array.from({ length: 8 }, (_, i) =>
          store.commit(
            "ada",
            version,
            i % 2 ? { user: record() } : { decision: makeDecision(round) },
          )),
      );
      const won = results.filter(({ status }) => status === "fulfilled");
      assert.equal(won.length, 1);
      for (const result of results) {
        if (result.status === "rejected") assert.ok(result.reason instanceof ConflictError);
      }
      version = (await store.load("ada")).version;
    }
  });

  test("decisions come newest first, below a number, and the last of them are kept", async (store) => {
    let version = 0;
    const all = Array.from({ length: 3 * DECISION_LOG_SIZE + 7 }, (_, i) => makeDecision(i + 1));
    for (const decision of all) version = await store.commit("ada", version, { decision });
    const newest = all.toReversed();
    assert.deepEqual(await store.decisions("ada", 5), newest.slice(0, 5));
    assert.deepEqual(
      await store.decisions("ada", DECISION_LOG_SIZE),
      newest.slice(0, DECISION_LOG_SIZE),
    );
    const below = all.length - 50;
    assert.deepEqual(await store.decisions("ada", 3, below + 1), newest.slice(50, 53));
    assert.deepEqual((await store.load("ada")).newest, newest[0]);
  });

  test("decisions of 1,000 candidates with long ids are kept whole", async (store) => {
    const big = (number: number) =>
      makeDecision(number, {
        tipId: "東".repeat(256),
        tasks: Array.from({ length: 1000 }, (_, i) => ({
          is_overdue: i % 2 === 0,
          task_age_days: i / 7,
          priority: 1 + i % 4,
        })),
        candidateIds: Array.from({ length: 64 }, (_, i) => `${i}`.padEnd(256, "x")),
      });
    let version = 0;
    const written = [];
    for (let number = 1; number <= 40; number++) {
      written.push(big(number));
      version = await store.commit("ada", version, { decision: written.at(-1)! });
    }
    assert.deepEqual(await store.decisions("ada", 40), written.toReversed());
  });

  test("users are exact: no two ids share anything", async (store) => {
    const ids = [
      "a/b",
      "a_b",
      "a",
      "A",
      "é",
      "e\u0301",
      "%61",
      "a ",
      "ab",
      "東京",
      "😀",
      "a.",
      "*",
      ">",
    ];
    for (const [i, id] of ids.entries()) {
      await store.commit(id, 0, { decision: makeDecision(1, { tipId: `tip-${i}` }) });
      await store.putSync(id, { lastSyncTs: `${i}`, taskCount: i });
    }
    for (const [i, id] of ids.entries()) {
      assert.equal((await store.load(id)).newest?.tipId, `tip-${i}`);
      assert.equal((await store.decisions(id, 10)).length, 1);
      assert.equal((await store.getSync(id))?.taskCount, i);
    }
  });

  test("a sync record is replaced, and lies outside the user's version", async (store) => {
    await store.putSync("ada", { lastSyncTs: "2026-04-25T09:59:30Z", taskCount: 17 });
    await store.putSync("ada", { lastSyncTs: "2026-04-26T09:59:30+02:00", taskCount: 3 });
    assert.deepEqual(await store.getSync("ada"), {
      lastSyncTs: "2026-04-26T09:59:30+02:00",
      taskCount: 3,
    });
    assert.equal((await store.load("ada")).version, 0);
  });

  promptCountContract(test);
  erasureContract(test);

  test("many users at once, each as if alone", async (store) => {
    const schedule = fc.array(
      fc.record({
        user: fc.integer({ min: 0, max: 9 }),
        change: fc.constantFrom("decision", "decision", "user", "erase"),
      }),
      { minLength: 1, maxLength: 200 },
    );
    let run = 0;
    await fc.assert(
      fc.asyncProperty(schedule, async (steps) => {
        const tag = `run-${run++}`;
        const expected = new Map<string, { decisions: number; floor: number | undefined }>();
        await Promise.all(Array.from({ length: 10 }, async (_, n) => {
          const user = `${tag}-${n}`;
          const state = { decisions: 0, floor: undefined as number | undefined };
          let version = 0;
          for (const [i, step] of steps.entries()) {
            if (step.user !== n) continue;
            if (step.change === "erase") {
              await store.erase(user);
              version = 0;
              state.decisions = 0;
              state.floor = undefined;
            } else if (step.change === "decision") {
              version = await store.commit(user, version, {
                decision: makeDecision(++state.decisions),
              });
            } else {
              state.floor = i;
              version = await store.commit(user, version, { user: record({ floor: i }) });
            }
          }
          expected.set(user, state);
        }));
        for (const [user, state] of expected) {
          const loaded = await store.load(user);
          assert.equal(loaded.newest?.number ?? 0, state.decisions);
          assert.equal(loaded.user?.floor, state.floor);
          const kept = await store.decisions(user, DECISION_LOG_SIZE);
          assert.equal(kept.length, Math.min(state.decisions, DECISION_LOG_SIZE));
        }
      }),
      { numRuns: 20 },
    );
  });
}
