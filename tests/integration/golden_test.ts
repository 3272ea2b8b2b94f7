/**
 * The recorded traffic of the Python service, sent over HTTP to the service as a process: the
 * answers and the models that come of it are the recorded ones.
 *
 * @module
 */
import assert from "node:assert/strict";
import { z } from "zod";
import { RewardResponse, ScoreResponse } from "../../src/contract/mod.ts";
import { emptyModel } from "../../src/bandit/model.ts";
import { POLICIES } from "../../src/bandit/policies.ts";
import { openDenoKvStore } from "../../src/store/mod.ts";
import { unpack } from "../../wasm/mod.ts";
import { postOk } from "../support/http.ts";
import { test } from "../support/scorer.ts";
import { Service } from "../support/service.ts";

const fixture = (name: string): unknown =>
  JSON.parse(Deno.readTextFileSync(new URL(`../fixtures/golden/${name}`, import.meta.url)));

const Sequences = z.object({
  tolerance: z.number(),
  sequences: z.array(z.object({
    user_id: z.string(),
    policy: z.string(),
    ops: z.array(z.object({
      op: z.enum(["score", "reward"]),
      path: z.string(),
      request: z.unknown(),
      response: z.object({ tip_id: z.string().optional(), score: z.number().optional() }),
    })),
    final: z.object({
      A: z.array(z.array(z.number())),
      b: z.array(z.number()),
      theta: z.array(z.number()),
      pulls: z.int(),
      reward_count: z.int(),
      cumulative_reward: z.number(),
      estimated_mean_reward: z.number(),
    }),
  })),
});

const Stats = z.object({
  pulls: z.int(),
  reward_count: z.int(),
  cumulative_reward: z.number(),
  estimated_mean_reward: z.number(),
  theta: z.array(z.number()),
});

const DECISION_LOG_SIZE = 256;

function close(found: number | undefined, expected: number, tolerance: number, what: string): void {
  assert.ok(Math.abs((found ?? NaN) - expected) <= tolerance, `${what}: ${found}, not ${expected}`);
}

/** A service on an empty state, in which nothing is drawn at random. */
async function withService(run: (url: string) => Promise<void>): Promise<string> {
  const stateDir = await Deno.makeTempDir({ prefix: "scorer-" });
  await using service = await Service.start({ STATE_DIR: stateDir, EPSILON: "0" });
  await run(service.url);
  await service.stop();
  return stateDir;
}

for (const name of ["linucb", "egreedy", "egreedy_v2"]) {
  test(`the ${name} sequences get the recorded answers and models`, async () => {
    const { sequences, tolerance } = Sequences.parse(fixture(`${name}_sequences.json`));
    // Users of one name in several files are kept apart by one service a file.
    const stateDir = await withService(async (url) => {
      for (const { ops } of sequences) {
        for (const [i, { op, path, request, response }] of ops.entries()) {
          if (op === "reward") {
            await postOk(RewardResponse, `${url}${path}`, request);
            continue;
          }
          const answer = await postOk(ScoreResponse, `${url}${path}`, request);
          assert.equal(answer.tip_id, response.tip_id, `${path} ${i}`);
          close(answer.score, response.score!, tolerance, `${path} ${i}`);
        }
      }
      for (const { user_id, policy, final } of sequences) {
        const { path } = POLICIES.find((each) => each.name === policy)!;
        const answer = await fetch(`${url}/stats${path}/${encodeURIComponent(user_id)}`);
        const stats = Stats.parse(await answer.json());
        assert.equal(stats.pulls, final.pulls);
        assert.equal(stats.reward_count, final.reward_count);
        close(stats.cumulative_reward, final.cumulative_reward, tolerance, "total");
        close(stats.estimated_mean_reward, final.estimated_mean_reward, tolerance, "mean");
        final.theta.forEach((value, k) => close(stats.theta[k], value, tolerance, `theta ${k}`));
      }
    });
    try {
      await using store = await openDenoKvStore({
        directory: stateDir,
        decisionLogSize: DECISION_LOG_SIZE,
      });
      for (const { user_id, policy, final } of sequences) {
        const { user } = await store.load(user_id);
        const model = user?.models[policy] ?? emptyModel(final.b.length); // never rewarded
        const A = unpack(model.A, model.b.length);
        final.A.forEach((row, i) =>
          row.forEach((value, j) => close(A[i]![j], value, tolerance, `A ${i} ${j}`))
        );
        final.b.forEach((value, i) => close(model.b[i], value, tolerance, `b ${i}`));
      }
    } finally {
      await Deno.remove(stateDir, { recursive: true });
    }
  });
}

const Features = z.object({
  cases: z.array(z.object({
    hour_of_day: z.int(),
    day_of_week: z.int(),
    features: z.record(z.string(), z.unknown()),
    profile_features: z.unknown(),
    d5: z.array(z.number()),
    d7: z.array(z.number()),
    d12: z.array(z.number()),
  })),
});

test("the golden features are seen through one reward each: theta (1 + |x|^2) = x", async () => {
  const { cases } = Features.parse(fixture("features.json"));
  const stateDir = await withService(async (url) => {
    for (const [i, given] of cases.entries()) {
      const expected = { "": given.d5, "/egreedy": given.d7, "/egreedy/v2": given.d12 };
      for (const [path, x] of Object.entries(expected)) {
        const user_id = `case-${i}`;
        await postOk(RewardResponse, `${url}/reward${path}`, {
          user_id,
          tip_id: "t",
          reward: 1,
          features: { ...given.features, hour_of_day: given.hour_of_day },
          day_of_week: given.day_of_week,
          profile_features: given.profile_features,
        });
        const stats = await fetch(`${url}/stats${path}/${user_id}`);
        const { theta } = Stats.parse(await stats.json());
        const scale = 1 + x.reduce((sum, value) => sum + value * value, 0);
        x.forEach((value, k) => close(theta[k]! * scale, value, 1e-12, `case ${i} ${path} ${k}`));
      }
    }
  });
  await Deno.remove(stateDir, { recursive: true });
});
