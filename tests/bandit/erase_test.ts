import assert from "node:assert/strict";
import { UnknownDecisionError } from "../../src/bandit/errors.ts";
import { MemoryStore, NewerRecordError, StoreUnavailableError } from "../../src/store/mod.ts";
import { makeScoreRequest } from "../support/make.ts";
import { DECISION_LOG_SIZE, makeScorer, policyOf, test } from "../support/scorer.ts";

const greedy = policyOf("egreedy-v1");
const features = { hour_of_day: 9, is_overdue: true, task_age_days: 3, priority: 2 };
const body = { user_id: "ada", tip_id: "tip-1", reward: 1, features, day_of_week: 2 };
const counted = { ok: true, duplicate: false };

test("an erased user is new: earlier decisions are unknown, earlier keys count", async () => {
  using scorer = makeScorer();
  const { decision_id } = await scorer.score(greedy, makeScoreRequest("ada"));
  await scorer.reward(greedy, body, "k");
  await scorer.score(greedy, makeScoreRequest("bob"));
  await scorer.erase("ada");
  await assert.rejects(
    scorer.reward(greedy, { user_id: "ada", decision_id, reward: 1 }, undefined),
    UnknownDecisionError,
  );
  assert.deepEqual((await scorer.features("ada")).history, []);
  assert.deepEqual((await scorer.stats(greedy, "ada")).theta, [0, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual(await scorer.reward(greedy, body, "k"), counted);
  assert.equal((await scorer.stats(greedy, "bob")).pulls, 1);
  await scorer.erase("nobody");
});

test("calls that wait behind an erasure see the new user, those before it the old one", async () => {
  for (const cacheUsers of [1, 100]) {
    using scorer = makeScorer({ cacheUsers });
    const pulls = async () => (await scorer.stats(greedy, "ada")).pulls;
    const score = (user: string) => scorer.score(greedy, makeScoreRequest(user));
    await score("ada");
    const [, before, , after, , last] = await Promise.all([
      score("ada"),
      pulls(),
      scorer.erase("ada"),
      pulls(),
      score("ada"),
      pulls(),
      score("bob"), // takes the only place of the cache
    ]);
    assert.deepEqual([before, after, last], [2, 0, 1]);
  }
});

test("a user whose record cannot be read can be erased", async () => {
  let readable = false;
  const store = new class extends MemoryStore {
    override load(user: string) {
      return readable ? super.load(user) : Promise.reject(new NewerRecordError("It", 2, 1));
    }
    override erase(user: string) {
      readable = true;
      return super.erase(user);
    }
  }({ decisionLogSize: DECISION_LOG_SIZE });
  using scorer = makeScorer({ store });
  await assert.rejects(scorer.stats(greedy, "ada"), NewerRecordError);
  await scorer.erase("ada");
  assert.equal((await scorer.stats(greedy, "ada")).pulls, 0);
});

test("after an erasure that failed the user is read again, as it may have been done", async () => {
  const store = new class extends MemoryStore {
    override async erase(user: string) {
      await super.erase(user);
      throw new StoreUnavailableError("The answer was lost");
    }
  }({ decisionLogSize: DECISION_LOG_SIZE });
  using scorer = makeScorer({ store });
  await scorer.score(greedy, makeScoreRequest("ada"));
  await assert.rejects(scorer.erase("ada"), StoreUnavailableError);
  assert.equal((await scorer.stats(greedy, "ada")).pulls, 0);
});
