import assert from "node:assert/strict";
import { generationId } from "../../src/bandit/generation_id.ts";
import type { Scorer } from "../../src/bandit/scorer.ts";
import type { PromptStats, ScoreRequest } from "../../src/contract/mod.ts";
import { MemoryStore, openDenoKvStore } from "../../src/store/mod.ts";
import { makeScoreRequest } from "../support/make.ts";
import {
  DECISION_LOG_SIZE as decisionLogSize,
  makeScorer,
  policyOf,
  test,
} from "../support/scorer.ts";

const greedy = policyOf("egreedy-v1");
const generation = generationId("gpt-x", new Uint8Array(8));

/** The first of two candidates is picked, as nothing was learned: it is written by `first`. */
function request(user: string, first: string, second: string): ScoreRequest {
  const { candidates, ...rest } = makeScoreRequest(user, 2);
  return {
    ...rest,
    candidates: candidates.map((candidate, i) => ({
      ...candidate,
      prompt_version: [first, second][i],
      generation_id: generation,
    })),
  };
}

async function run(scorer: Scorer): Promise<void> {
  const reward = async (user_id: string, decision_id: string, reward: number) =>
    (await scorer.reward(greedy, { user_id, decision_id, reward }, undefined)).duplicate;
  const first = await scorer.score(greedy, request("ada", "v1", "v2-mentor"));
  const second = await scorer.score(greedy, request("bob", "v2-mentor", "v1"));
  const third = await scorer.score(greedy, request("eve", "v1", "v2-mentor"));
  await scorer.score(greedy, makeScoreRequest("zoe"));
  assert.equal(await reward("ada", first.decision_id, 1), false);
  assert.equal(await reward("ada", first.decision_id, 1), true);
  const repeats = [0.3, 0.3, -1].map((each) => reward("bob", second.decision_id, each));
  assert.deepEqual(await Promise.all(repeats), [false, true, true]);
  const plain = await scorer.score(greedy, makeScoreRequest("zoe"));
  await reward("zoe", plain.decision_id, 1);
  const features = { hour_of_day: 9, is_overdue: true, task_age_days: 3, priority: 2 };
  const body = { user_id: "eve", tip_id: third.tip_id, reward: 1, features, day_of_week: 2 };
  await scorer.reward(greedy, body, "a-key");
  await assert.rejects(reward("eve", first.decision_id, 1)); // another user's decision
  await scorer.reset("ada");
}

const summary = ({ version, shown, rewarded, mean_reward, reactions, models }: PromptStats) => ({
  version,
  shown,
  rewarded,
  mean_reward,
  models,
  reactions: Object.fromEntries(
    Object.entries(reactions).flatMap(([name, { count }]) => count > 0 ? [[name, count]] : []),
  ),
});

async function check(scorer: Scorer): Promise<void> {
  const { versions } = await scorer.promptStats();
  assert.deepEqual(versions.map(summary), [
    {
      version: "v1",
      shown: 2,
      rewarded: 1,
      mean_reward: 1,
      models: { "gpt-x": 2 },
      reactions: { done: 1 },
    },
    {
      version: "v2-mentor",
      shown: 1,
      rewarded: 1,
      mean_reward: 0.3,
      models: { "gpt-x": 1 },
      reactions: { other: 1 },
    },
  ]);
}

test("decisions and their rewards count once for the prompt version of the tip shown", async () => {
  using scorer = makeScorer({ store: new MemoryStore({ decisionLogSize }) });
  assert.deepEqual(await scorer.promptStats(), { versions: [] });
  await run(scorer);
  await check(scorer);
});

test("the same on disk, and after a restart", async () => {
  const parent = await Deno.makeTempDir({ prefix: "scorer-" });
  const directory = `${parent}/state`;
  try {
    {
      await using store = await openDenoKvStore({ directory, decisionLogSize });
      using scorer = makeScorer({ store });
      await run(scorer);
      await check(scorer);
    }
    await using store = await openDenoKvStore({ directory, decisionLogSize });
    using scorer = makeScorer({ store });
    await check(scorer);
    const repeat = await store.decisions("bob", 1);
    assert.deepEqual(repeat[0]?.origin, {
      generationId: generation,
      promptVersion: "v2-mentor",
      model: "gpt-x",
    });
    await scorer.score(greedy, request("zoe", "v3", "v1"));
    const { versions } = await scorer.promptStats();
    assert.deepEqual(versions.map(({ version, shown }) => [version, shown]), [
      ["v1", 2],
      ["v2-mentor", 1],
      ["v3", 1],
    ]);
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
});
