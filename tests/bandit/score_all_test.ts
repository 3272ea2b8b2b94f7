import assert from "node:assert/strict";
import { NoCandidatesError } from "../../src/bandit/errors.ts";
import { generationId } from "../../src/bandit/generation_id.ts";
import { POLICIES } from "../../src/bandit/policies.ts";
import { MemoryStore } from "../../src/store/mod.ts";
import { makeScoreRequest } from "../support/make.ts";
import { DECISION_LOG_SIZE, makeScorer, policyOf, test } from "../support/scorer.ts";

const greedy = policyOf("egreedy-v1");

test("scoreAll gives what each candidate was ranked by, and answers as score does", async () => {
  for (const policy of POLICIES) {
    using scorer = makeScorer();
    for (const reward of [1, -0.5]) {
      const { decision_id } = await scorer.score(policy, makeScoreRequest("ada", 4));
      await scorer.reward(policy, { user_id: "ada", decision_id, reward }, undefined);
    }
    const request = makeScoreRequest("ada", 5);
    const { answer, scores } = await scorer.scoreAll(policy, request);
    assert.equal(scores.length, 5);
    assert.equal(answer.score, Math.max(...scores));
    assert.equal(answer.tip_id, `tip-${scores.indexOf(answer.score)}`);
    // Alone, a candidate has the same score.
    for (const [i, candidate] of request.candidates.entries()) {
      const alone = await scorer.score(policy, { ...request, candidates: [candidate] });
      assert.equal(alone.score, scores[i]);
    }
    const { tip_id, score } = await scorer.score(policy, request);
    assert.deepEqual({ tip_id, score }, { tip_id: answer.tip_id, score: answer.score });
    assert.equal((await scorer.stats(policy, "ada")).pulls, 2 + 1 + 5 + 1);
  }
});

test("an explored pick has its own score among all", async () => {
  const draws = [0, 0.99];
  using scorer = makeScorer({ epsilon: 0.5, random: () => draws.shift()! });
  const { answer, scores } = await scorer.scoreAll(greedy, makeScoreRequest("ada", 3));
  assert.deepEqual([answer.tip_id, answer.score], ["tip-2", scores[2]]);
});

test("users at once each get their own scores, though the kernel has one place for them", async () => {
  using scorer = makeScorer();
  const users = Array.from({ length: 20 }, (_, i) => `user-${i}`);
  const alone = [];
  for (const [i, user] of users.entries()) {
    const { decision_id } = await scorer.score(greedy, makeScoreRequest(user));
    await scorer.reward(greedy, { user_id: user, decision_id, reward: i / 20 }, undefined);
    alone.push((await scorer.scoreAll(greedy, makeScoreRequest(user))).scores);
  }
  const together = await Promise.all(
    users.map((user) => scorer.scoreAll(greedy, makeScoreRequest(user))),
  );
  assert.deepEqual(together.map(({ scores }) => scores), alone);
});

test("scoreAll needs a candidate, too", async () => {
  using scorer = makeScorer();
  await assert.rejects(scorer.scoreAll(greedy, makeScoreRequest("ada", 0)), NoCandidatesError);
});

test("a decision keeps the origin of the candidate it chose", async () => {
  const store = new MemoryStore({ decisionLogSize: DECISION_LOG_SIZE });
  using scorer = makeScorer({ store });
  const ours = generationId("m", new Uint8Array(8));
  const given = [
    {},
    { generation_id: null, prompt_version: null },
    { generation_id: ours, prompt_version: "v1" },
    { generation_id: ours },
    { generation_id: "of-another-service", prompt_version: "v1" },
    { prompt_version: "v1" },
  ];
  const origins = [];
  for (const fields of given) {
    const { candidates, ...rest } = makeScoreRequest("ada", 1);
    const request = { ...rest, candidates: candidates.map((each) => ({ ...each, ...fields })) };
    await scorer.score(greedy, request);
    origins.push((await store.load("ada")).newest?.origin);
  }
  assert.deepEqual(origins, [
    null,
    null,
    { generationId: ours, promptVersion: "v1", model: "m" },
    { generationId: ours, promptVersion: null, model: "m" },
    { generationId: "of-another-service", promptVersion: "v1", model: null },
    { generationId: null, promptVersion: "v1", model: null },
  ]);
});
