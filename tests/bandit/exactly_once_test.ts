import assert from "node:assert/strict";
import {
  DecisionGoneError,
  DecisionMismatchError,
  IdempotencyKeyReusedError,
  UnknownDecisionError,
} from "../../src/bandit/errors.ts";
import type { Scorer } from "../../src/bandit/scorer.ts";
import { makeScoreRequest } from "../support/make.ts";
import {
  DECISION_LOG_SIZE,
  IDEMPOTENCY_WINDOW,
  makeScorer,
  policyOf,
  test,
} from "../support/scorer.ts";

const greedy = policyOf("egreedy-v1");
const linucb = policyOf("linucb-v1");
const counted = { ok: true, duplicate: false };
const repeated = { ok: true, duplicate: true };

const features = { hour_of_day: 9, is_overdue: true, task_age_days: 3, priority: 2 };
const body = { user_id: "ada", tip_id: "tip-1", reward: 1, features, day_of_week: 2 };

async function decided(scorer: Scorer, user = "ada"): Promise<string> {
  return (await scorer.score(greedy, makeScoreRequest(user))).decision_id;
}
const rewarded = (scorer: Scorer, decision_id: string, over = {}) =>
  scorer.reward(greedy, { user_id: "ada", decision_id, reward: 0.5, ...over }, undefined);
const count = async (scorer: Scorer) => (await scorer.stats(greedy, "ada")).reward_count;

test("a reward by decision_id counts once, and learns from the decision's own x", async () => {
  using scorer = makeScorer();
  const id = await decided(scorer);
  assert.deepEqual(await rewarded(scorer, id), counted);
  assert.deepEqual(await rewarded(scorer, id), repeated);
  assert.deepEqual(await rewarded(scorer, id, { reward: -1, tip_id: "tip-0" }), repeated);
  const stats = await scorer.stats(greedy, "ada");
  assert.deepEqual([stats.reward_count, stats.cumulative_reward], [1, 0.5]);
  assert.equal((await scorer.features("ada")).history[0]!.reward, 0.5);
  // The same again by features: theta is that of the decision's vector.
  const shown = (await scorer.features("ada")).history[0]!.features;
  using other = makeScorer();
  await other.reward(greedy, {
    ...body,
    reward: 0.5,
    features: {
      hour_of_day: Number(shown["hour_of_day"]),
      is_overdue: shown["is_overdue"] === true,
      task_age_days: Number(shown["task_age_days"]),
      priority: Number(shown["priority"]),
    },
    day_of_week: Number(shown["day_of_week"]),
  }, undefined);
  const { theta } = await other.stats(greedy, "ada");
  theta.forEach((value, i) => assert.ok(Math.abs(value - stats.theta[i]!) < 1e-12));
});

test("concurrent repeats of one reward count once", async () => {
  using scorer = makeScorer();
  const id = await decided(scorer);
  const answers = await Promise.all(Array.from({ length: 50 }, () => rewarded(scorer, id)));
  assert.equal(answers.filter(({ duplicate }) => !duplicate).length, 1);
  assert.equal(await count(scorer), 1);
});

test("a decision_id that was never given out is unknown", async () => {
  using scorer = makeScorer();
  const id = await decided(scorer);
  const other = await decided(scorer, "bob");
  const forged = Uint8Array.fromBase64(id, { alphabet: "base64url" });
  forged[13]! ^= 1;
  const ids = [
    other,
    "",
    "x",
    "....",
    `${id}A`,
    id.slice(1),
    forged.toBase64({ alphabet: "base64url", omitPadding: true }),
  ];
  for (const each of ids) await assert.rejects(rewarded(scorer, each), UnknownDecisionError);
  assert.equal(await count(scorer), 0);
});

test("another policy's path and another tip are refused, and named", async () => {
  using scorer = makeScorer();
  const id = await decided(scorer);
  await assert.rejects(
    scorer.reward(linucb, { user_id: "ada", decision_id: id, reward: 1 }, undefined),
    (error: Error) =>
      error instanceof DecisionMismatchError && error.message.includes("/reward/egreedy"),
  );
  await assert.rejects(rewarded(scorer, id, { tip_id: "no" }), DecisionMismatchError);
  assert.deepEqual(await rewarded(scorer, id, { tip_id: "tip-0" }), counted);
});

test("a decision that is kept can be rewarded, an older one is gone", async () => {
  using scorer = makeScorer();
  const first = await decided(scorer);
  const second = await decided(scorer);
  for (let i = 0; i < DECISION_LOG_SIZE - 1; i++) await decided(scorer);
  await assert.rejects(rewarded(scorer, first), DecisionGoneError);
  assert.deepEqual(await rewarded(scorer, second), counted);
});

test("a kept decision is a repeat though its identity has left the window", async () => {
  using scorer = makeScorer();
  const id = await decided(scorer);
  await rewarded(scorer, id);
  for (let i = 0; i < IDEMPOTENCY_WINDOW + 4; i++) {
    await rewarded(scorer, await decided(scorer));
  }
  assert.deepEqual(await rewarded(scorer, id), repeated);
});

test("after a reset no earlier decision and no earlier reward changes anything", async () => {
  using scorer = makeScorer();
  const done = await decided(scorer);
  const open = await decided(scorer);
  await rewarded(scorer, done);
  await scorer.reward(greedy, body, "key-1");
  await scorer.reset("ada");
  assert.deepEqual(await rewarded(scorer, done), repeated);
  await assert.rejects(rewarded(scorer, open), DecisionGoneError);
  assert.deepEqual(await scorer.reward(greedy, body, "key-1"), repeated);
  const stats = await scorer.stats(greedy, "ada");
  assert.deepEqual([stats.pulls, stats.reward_count, stats.last_updated], [0, 0, null]);
  assert.deepEqual(stats.theta, [0, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual((await scorer.features("ada")).history, []);
  // And life goes on.
  assert.deepEqual(await rewarded(scorer, await decided(scorer)), counted);
  assert.equal((await scorer.stats(greedy, "ada")).pulls, 1);
});

test("an Idempotency-Key counts once, per user and policy; another body is refused", async () => {
  using scorer = makeScorer();
  assert.deepEqual(await scorer.reward(greedy, body, "k"), counted);
  assert.deepEqual(await scorer.reward(greedy, { ...body, decision_id: null }, "k"), repeated);
  assert.deepEqual(await scorer.reward(linucb, body, "k"), counted);
  assert.deepEqual(await scorer.reward(greedy, { ...body, user_id: "bob" }, "k"), counted);
  const others = [
    { reward: 0.5 },
    { day_of_week: 3 },
    { tip_id: "tip-2" },
    { features: { ...features, priority: 3 } },
  ];
  for (const over of others) {
    await assert.rejects(
      scorer.reward(greedy, { ...body, ...over }, "k"),
      IdempotencyKeyReusedError,
    );
  }
  assert.equal(await count(scorer), 1);
});

test("the window remembers the last keys, not more", async () => {
  using scorer = makeScorer();
  for (let i = 0; i < IDEMPOTENCY_WINDOW; i++) await scorer.reward(greedy, body, `k${i}`);
  assert.deepEqual(await scorer.reward(greedy, body, "k0"), repeated);
  await scorer.reward(greedy, body, "one more");
  assert.deepEqual(await scorer.reward(greedy, body, "k0"), counted);
});

test("without an identity each reward counts", async () => {
  using scorer = makeScorer();
  for (let i = 0; i < 3; i++) {
    assert.deepEqual(await scorer.reward(greedy, body, undefined), counted);
  }
  assert.equal(await count(scorer), 3);
});
