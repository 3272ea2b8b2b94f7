import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_MODELS, MAX_VERSIONS, OTHER } from "../../src/bandit/prompt_counts.ts";
import { NEW_USER, type UserRecord } from "../../src/bandit/records.ts";
import { ConflictError, type Store } from "../../src/store/mod.ts";
import { makeDecision, makeOrigin } from "../support/make.ts";

/** How many decisions the stores under test are told to keep. */
export const DECISION_LOG_SIZE = 100;

const record = (over: Partial<UserRecord> = {}): UserRecord => ({
  ...NEW_USER,
  floor: 3,
  base: { "linucb-v1": { pulls: 4, explored: 0, lastAt: 1_770_000_000_000 } },
  models: {
    "linucb-v1": {
      A: Float64Array.from({ length: 15 }, (_, i) => i / 7),
      b: Float64Array.of(1, -0.5, Math.PI, 1e-300, -0),
      rewardCount: 2,
      cumulativeReward: 0.1 + 0.2,
      lastUpdated: 1_770_000_000_123,
    },
  },
  rewards: Float64Array.of(4, 0.5, 1_770_000_000_000),
  applied: Uint8Array.from({ length: 24 }, (_, i) => i),
  ...over,
});

/** What every store keeps: run on each adapter with a way to open an empty one. */
export function storeContract(name: string, open: () => Promise<Store>): void {
  const test = (what: string, run: (store: Store) => Promise<void>) =>
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

  test("an origin comes back, whatever of it is known", async (store) => {
    const origins = [
      { generationId: "g-1", promptVersion: "v1", model: "東京/model" },
      { generationId: null, promptVersion: "v1", model: null },
      { generationId: "g-2", promptVersion: null, model: null },
      null,
    ];
    let version = 0;
    for (const [i, origin] of origins.entries()) {
      version = await store.commit("ada", version, { decision: makeDecision(i + 1, { origin }) });
    }
    const kept = await store.decisions("ada", 10);
    assert.deepEqual(kept.map(({ origin }) => origin), origins.toReversed());
  });

  test("what becomes of a prompt version's tips is counted with the change", async (store) => {
    assert.deepEqual([...await store.promptCounts()], []);
    let version = await store.commit("ada", 0, { decision: makeDecision(1) });
    const show = async (number: number, ...of: Parameters<typeof makeOrigin>) => {
      const decision = makeDecision(number, { origin: makeOrigin(...of) });
      version = await store.commit("ada", version, { decision });
    };
    await show(2, "v1", "a");
    await show(3, "v1", null);
    await show(4, "__proto__", "__proto__"); // a valid name of a version
    await show(5, "v1", "constructor");
    await show(6, null);
    const rewards = [1, 0.5, 0, -0, -0.5, -1, 0.25];
    for (const reward of rewards) {
      const reacted = { promptVersion: "v1", reward };
      version = await store.commit("ada", version, { user: record(), reacted });
    }
    version = await store.commit("ada", version, { user: record() });
    const stale = { user: record(), reacted: { promptVersion: "v1", reward: 1 } };
    await assert.rejects(store.commit("ada", version - 1, stale), ConflictError);
    const late = { decision: makeDecision(7, { origin: makeOrigin("v1") }) };
    await assert.rejects(store.commit("ada", version - 1, late), ConflictError);
    const reactions = { done: 0, helpful: 0, snooze: 0, not_helpful: 0, dismiss: 0, other: 0 };
    assert.deepEqual(
      await store.promptCounts(),
      new Map([
        ["v1", {
          shown: 3,
          rewarded: 7,
          rewardSum: 0.25,
          reactions: { done: 1, helpful: 1, snooze: 2, not_helpful: 1, dismiss: 1, other: 1 },
          models: { a: 1, constructor: 1 },
        }],
        ["__proto__", {
          shown: 1,
          rewarded: 0,
          rewardSum: 0,
          reactions,
          models: Object.fromEntries([["__proto__", 1]]),
        }],
      ]),
    );
  });

  test("no more versions and models are told apart than so many", async (store) => {
    const show = (user: string, origin: ReturnType<typeof makeOrigin>) =>
      store.commit(user, 0, { decision: makeDecision(1, { origin }) });
    await Promise.all(
      Array.from({ length: MAX_VERSIONS + 20 }, (_, i) => show(`a-${i}`, makeOrigin(`v${i}`))),
    );
    await Promise.all(
      Array.from(
        { length: MAX_MODELS + 7 },
        (_, i) => show(`b-${i}`, makeOrigin("v0", `m${i}`)),
      ),
    );
    await show("c", makeOrigin("v0", "m0"));
    await show("d", makeOrigin(`v${MAX_VERSIONS + 5}`, "m"));
    await store.commit("a-0", 1, {
      user: record(),
      reacted: { promptVersion: `v${MAX_VERSIONS + 5}`, reward: 1 },
    });
    const counts = await store.promptCounts();
    assert.equal(counts.size, MAX_VERSIONS + 1);
    assert.deepEqual([counts.get(OTHER)?.shown, counts.get(OTHER)?.rewarded], [21, 1]);
    const { shown, models } = counts.get("v0")!;
    assert.equal(shown, 1 + MAX_MODELS + 8);
    assert.equal(Object.keys(models).length, MAX_MODELS + 1);
    assert.deepEqual([models["m0"], models[OTHER]], [2, 7]);
  });

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
