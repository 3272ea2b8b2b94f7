import assert from "node:assert/strict";
import fc from "fast-check";
import { Estimator } from "../../wasm/mod.ts";
import type { RewardOfFeaturesV2 } from "../../src/contract/mod.ts";
import { POLICIES } from "../../src/bandit/policies.ts";
import { MemoryStore } from "../../src/store/mod.ts";
import { makeScoreRequest } from "../support/make.ts";
import { DECISION_LOG_SIZE, makeScorer, policyOf, test } from "../support/scorer.ts";

const greedy = policyOf("egreedy-v1");
const v2 = policyOf("egreedy-v2");

const reward = (user: string, over: Partial<RewardOfFeaturesV2> = {}): RewardOfFeaturesV2 => ({
  user_id: user,
  tip_id: "tip-1",
  reward: 1,
  features: { hour_of_day: 9, is_overdue: true, task_age_days: 3, priority: 2 },
  day_of_week: 2,
  ...over,
});

test("a score is a decision: in the history, in the counters, with its propensity", async () => {
  using scorer = makeScorer({ now: () => Date.parse("2026-04-25T10:00:00.900Z") });
  for (const policy of POLICIES) {
    const answer = await scorer.score(policy, makeScoreRequest("ada", 4));
    const stats = await scorer.stats(policy, "ada");
    assert.equal(stats.pulls, 1);
    assert.equal(stats.last_updated, "2026-04-25T10:00:00Z");
    const { history } = await scorer.features("ada");
    const last = history.at(-1)!;
    assert.equal(last.decision_id, answer.decision_id);
    assert.equal(last.policy, policy.name);
    assert.equal(last.ts, "2026-04-25T10:00:00Z");
    assert.equal(last.reward, null);
    assert.equal(last.propensity, answer.propensity);
    assert.equal("exploring" in last.features, policy.explores);
  }
  assert.equal((await scorer.features("ada")).history.length, 3);
});

test("the history shows the last 100 over all policies, oldest first, as many as were made", async () => {
  using scorer = makeScorer();
  const ids = [];
  for (let i = 0; i < 130; i++) {
    const answer = await scorer.score(POLICIES[i % 3]!, makeScoreRequest("ada"));
    ids.push(answer.decision_id);
  }
  const { history } = await scorer.features("ada");
  assert.deepEqual(history.map((entry) => entry.decision_id), ids.slice(30));
});

test("propensities: picks happen as often as they say, and those of one decision add up", async () => {
  const epsilon = 0.5; // exact in binary, like the quarters below
  const draws = [0.49, 0.99, 0.49, 0, 0.5]; // exploring the last, exploring the first, greedy
  using scorer = makeScorer({ epsilon, random: () => draws.shift()! });
  const request = makeScoreRequest("ada", 4);
  const last = await scorer.score(greedy, request);
  assert.deepEqual([last.tip_id, last.propensity], ["tip-3", epsilon / 4]);
  const first = await scorer.score(greedy, request);
  assert.deepEqual([first.tip_id, first.propensity], ["tip-0", epsilon / 4 + 1 - epsilon]);
  const ranked = await scorer.score(greedy, request);
  assert.deepEqual([ranked.tip_id, ranked.propensity], ["tip-0", epsilon / 4 + 1 - epsilon]);
  assert.equal((await scorer.stats(greedy, "ada")).exploration_rate, 2 / 3);
});

test("two candidates may share an id: the propensity is that of the position", async () => {
  const draws = [0, 0.5];
  using scorer = makeScorer({ epsilon: 0.2, random: () => draws.shift()! });
  const request = makeScoreRequest("ada", 2);
  const twins = { ...request, candidates: request.candidates.map((c) => ({ ...c, id: "same" })) };
  assert.equal((await scorer.score(greedy, twins)).propensity, 0.1);
});

test("a tie goes to the first candidate", async () => {
  using scorer = makeScorer();
  const request = makeScoreRequest("ada", 3);
  const features = request.candidates[0]!.features;
  const alike = { ...request, candidates: request.candidates.map((c) => ({ ...c, features })) };
  for (const policy of POLICIES) assert.equal((await scorer.score(policy, alike)).tip_id, "tip-0");
});

test("A^-1 kept by updates is that of A, after every rebuild and between", async () => {
  const store = new MemoryStore({ decisionLogSize: DECISION_LOG_SIZE });
  using scorer = makeScorer({ store });
  for (let i = 0; i < 2100; i++) {
    await scorer.reward(
      v2,
      reward("ada", {
        reward: Math.sin(i),
        features: {
          hour_of_day: i % 24,
          is_overdue: i % 3 === 0,
          task_age_days: i % 31,
          priority: 1 + i % 4,
        },
        day_of_week: i % 7,
        profile_features: { completion_rate_30d: (i % 10) / 10, preferred_hour: i % 5 },
      }),
      undefined,
    );
    if (![998, 999, 1000, 2099].includes(i)) continue;
    const { A, b, rewardCount } = (await store.load("ada")).user!.models["egreedy-v2"]!;
    assert.equal(rewardCount, i + 1);
    using fresh = new Estimator(12);
    fresh.rebuild(A, b);
    const { theta } = await scorer.stats(v2, "ada");
    fresh.theta().forEach((value, k) => assert.ok(Math.abs(value - theta[k]!) < 1e-9));
  }
});

test("many at once on one user lose nothing, through a cache of one", async () => {
  using scorer = makeScorer({ cacheUsers: 1 });
  const users = ["ada", "bob", "eve"];
  await Promise.all(Array.from({ length: 600 }, (_, i) => {
    const user = users[i % 3]!;
    return i % 2
      ? scorer.reward(greedy, reward(user), undefined)
      : scorer.score(greedy, makeScoreRequest(user));
  }));
  for (const user of users) {
    const stats = await scorer.stats(greedy, user);
    assert.deepEqual([stats.pulls, stats.reward_count], [100, 100]);
  }
  assert.equal(scorer.cachedUsers, 1);
});

test("two instances over one store never lose each other's update", async () => {
  const store = new MemoryStore({ decisionLogSize: DECISION_LOG_SIZE });
  using one = makeScorer({ store });
  using two = makeScorer({ store });
  await Promise.all(Array.from({ length: 200 }, async (_, i) => {
    const scorer = i % 2 ? one : two;
    await scorer.reward(greedy, reward("ada"), undefined);
    await scorer.score(greedy, makeScoreRequest("ada"));
  }));
  await one.score(greedy, makeScoreRequest("ada"));
  const stats = await one.stats(greedy, "ada");
  assert.deepEqual([stats.pulls, stats.reward_count, stats.cumulative_reward], [201, 200, 200]);
});

test("a score that could not be stored leaves nothing behind", async () => {
  const store = new MemoryStore({ decisionLogSize: DECISION_LOG_SIZE });
  let broken = true;
  const commit = store.commit.bind(store);
  store.commit = (...args) => broken ? Promise.reject(new Error("disk full")) : commit(...args);
  using scorer = makeScorer({ store });
  await assert.rejects(scorer.score(greedy, makeScoreRequest("ada")), /disk full/);
  await assert.rejects(scorer.reward(greedy, reward("ada"), undefined), /disk full/);
  broken = false;
  const stats = await scorer.stats(greedy, "ada");
  assert.deepEqual([stats.pulls, stats.reward_count], [0, 0]);
  await scorer.reward(greedy, reward("ada"), undefined);
  assert.equal((await scorer.stats(greedy, "ada")).reward_count, 1);
});

test("a model is A = I + sum x xT and b = sum r x, in any order of rewards", async () => {
  const task = fc.record({
    hour_of_day: fc.integer({ min: 0, max: 23 }),
    is_overdue: fc.boolean(),
    task_age_days: fc.double({ min: -5, max: 50, noNaN: true }),
    priority: fc.integer({ min: 1, max: 4 }),
  });
  const lesson = fc.record({ features: task, reward: fc.double({ min: -1, max: 1, noNaN: true }) });
  await fc.assert(
    fc.asyncProperty(fc.array(lesson, { minLength: 1, maxLength: 30 }), async (lessons) => {
      using scorer = makeScorer();
      for (const one of lessons) await scorer.reward(greedy, reward("ada", one), undefined);
      for (const one of lessons.toReversed()) {
        await scorer.reward(greedy, reward("bob", one), undefined);
      }
      const [ada, bob] = [await scorer.stats(greedy, "ada"), await scorer.stats(greedy, "bob")];
      ada.theta.forEach((value, i) => assert.ok(Math.abs(value - bob.theta[i]!) < 1e-9));
    }),
    { numRuns: 30 },
  );
});
