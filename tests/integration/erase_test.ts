/**
 * Users who are scored, rewarded, reset, synced and erased in any order, on both stores, beside a
 * model that keeps a few numbers of each.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { DecisionGoneError, UnknownDecisionError } from "../../src/bandit/errors.ts";
import { MemoryStore, openDenoKvStore, type Store } from "../../src/store/mod.ts";
import { inDirectory } from "../support/directory.ts";
import { makeScoreRequest } from "../support/make.ts";
import { rawRows, rowsWith } from "../support/raw_rows.ts";
import { DECISION_LOG_SIZE, makeScorer, policyOf, test } from "../support/scorer.ts";

const greedy = policyOf("egreedy-v1");
const USERS = 4;
const STEPS = ["score", "score", "score", "reward", "reset", "sync", "erase", "look"] as const;
const schedule = fc.array(
  fc.record({ user: fc.nat(USERS - 1), step: fc.constantFrom(...STEPS) }),
  { minLength: 1, maxLength: 80 },
);

/** What a user should be. */
class Model {
  pulls = 0;
  rewards = 0;
  sync: number | undefined;
  /** Decisions since the last reset that have no reward. */
  open: string[] = [];
  /** Decisions from before an erasure. */
  readonly unknown: string[] = [];
  /** Whether they may be taken for some from before a reset: the numbers begin anew. */
  wasReset = false;
  known: string[] = [];

  reset(): void {
    this.wasReset = true;
    this.pulls = 0;
    this.rewards = 0;
    this.open = [];
  }

  erased(): void {
    this.reset();
    this.wasReset = false;
    this.sync = undefined;
    this.unknown.push(...this.known);
    this.known = [];
  }
}

async function runSchedule(
  store: Store,
  cacheUsers: number,
  tag: string,
  steps: readonly { user: number; step: typeof STEPS[number] }[],
): Promise<Map<string, Model>> {
  using scorer = makeScorer({ store, cacheUsers });
  const models = new Map<string, Model>();
  const reward = (user: string, decision_id: string) =>
    scorer.reward(greedy, { user_id: user, decision_id, reward: 1 }, undefined);
  const look = async (user: string, model: Model) => {
    const { pulls, reward_count } = await scorer.stats(greedy, user);
    const { history } = await scorer.features(user);
    const sync = (await store.getSync(user))?.taskCount;
    assert.deepEqual(
      [pulls, reward_count, history.length, sync],
      [model.pulls, model.rewards, model.pulls, model.sync],
    );
  };
  // The users at once, each in order.
  await Promise.all(Array.from({ length: USERS }, async (_, n) => {
    const user = `${tag}-${n}`;
    const model = new Model();
    models.set(user, model);
    for (const [i, { step }] of steps.filter((each) => each.user === n).entries()) {
      if (step === "score") {
        const { decision_id } = await scorer.score(greedy, makeScoreRequest(user));
        model.pulls++;
        model.open.push(decision_id);
        model.known.push(decision_id);
      } else if (step === "reward") {
        const id = model.open.pop();
        if (id !== undefined) {
          assert.deepEqual(await reward(user, id), { ok: true, duplicate: false });
          model.rewards++;
        }
        const gone = model.unknown.at(-1);
        if (gone !== undefined) {
          await assert.rejects(
            reward(user, gone),
            (error) =>
              error instanceof UnknownDecisionError ||
              model.wasReset && error instanceof DecisionGoneError,
          );
        }
      } else if (step === "reset") {
        await scorer.reset(user);
        model.reset();
      } else if (step === "sync") {
        await store.putSync(user, { lastSyncTs: "t", taskCount: i });
        model.sync = i;
      } else if (step === "erase") {
        // A call that waits behind it sees a new user.
        const [, stats] = await Promise.all([scorer.erase(user), scorer.stats(greedy, user)]);
        assert.deepEqual([stats.pulls, stats.reward_count], [0, 0]);
        model.erased();
      } else await look(user, model);
    }
    await look(user, model);
  }));
  return models;
}

test("erasures among other calls, on the memory store", async () => {
  const store = new MemoryStore({ decisionLogSize: DECISION_LOG_SIZE });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(schedule, fc.constantFrom(1, 100), async (steps, cacheUsers) => {
      await runSchedule(store, cacheUsers, `run${run++}`, steps);
    }),
    { numRuns: 200 },
  );
});

test("erasures among other calls, on the embedded store, which keeps nothing of them", async () => {
  await inDirectory(async (directory) => {
    for (const journalBytes of [1, 3_000, 1_000_000]) {
      let store = await openDenoKvStore({
        directory,
        decisionLogSize: DECISION_LOG_SIZE,
        journalBytes,
      });
      let run = 0;
      await fc.assert(
        fc.asyncProperty(schedule, fc.constantFrom(1, 100), async (steps, cacheUsers) => {
          const tag = `run${journalBytes}.${run++}`;
          const models = await runSchedule(store, cacheUsers, tag, steps);
          if (run % 5 === 0) {
            await store[Symbol.asyncDispose]();
            store = await openDenoKvStore({
              directory,
              decisionLogSize: DECISION_LOG_SIZE,
              journalBytes,
            });
            using scorer = makeScorer({ store });
            for (const [user, { pulls, rewards }] of models) {
              const stats = await scorer.stats(greedy, user);
              assert.deepEqual([stats.pulls, stats.reward_count], [pulls, rewards]);
            }
          }
          const users = [...models.keys()];
          await Promise.all(users.map((user) => store.erase(user)));
          const rows = await rawRows(directory);
          for (const user of users) assert.deepEqual(rowsWith(rows, user), []);
        }),
        { numRuns: 40 },
      );
      await store[Symbol.asyncDispose]();
    }
  });
});
