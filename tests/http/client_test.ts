import assert from "node:assert/strict";
import { hc, type InferResponseType } from "hono/client";
import type {
  DeadLettersResponse,
  GreedyStatsResponse,
  ScoreResponse,
  StatsResponse,
} from "../../src/contract/mod.ts";
import type { App } from "../../src/http/app.ts";
import { fakeApp, REWARD, sanitize, SCORE } from "./fake_services.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true
  : false;

function client() {
  const { app, services } = fakeApp();
  const fetch = (input: string | URL | Request, init?: RequestInit) =>
    Promise.resolve(app.request(input, init));
  return { api: hc<App>("http://localhost", { fetch }), services };
}

type Api = ReturnType<typeof client>["api"];

Deno.test("Hono's client knows what each route answers", sanitize, () => {
  const same: [
    Same<InferResponseType<Api["score"]["egreedy"]["v2"]["$post"], 200>, ScoreResponse>,
    Same<InferResponseType<Api["stats"][":user_id"]["$get"], 200>, StatsResponse>,
    Same<InferResponseType<Api["admin"]["dead-letters"]["$get"], 200>, DeadLettersResponse>,
    Same<
      InferResponseType<Api["stats"]["egreedy"][":user_id"]["$get"], 200>,
      GreedyStatsResponse
    >,
  ] = [true, true, true, true];
  assert(same.every(Boolean));
});

Deno.test("Hono's client calls the service, and tells answers from errors", sanitize, async () => {
  const { api, services } = client();
  const scored = await api.score.egreedy.v2.$post({ json: SCORE });
  assert(scored.ok);
  const { decision_id, policy } = await scored.json();
  assert.equal(policy, "egreedy-v2");

  const rewarded = await api.reward.egreedy.v2.$post({
    json: { user_id: "u", decision_id, reward: 1 },
  });
  assert(rewarded.ok);
  assert.equal((await rewarded.json()).duplicate, false);

  await api.reward.$post({ json: REWARD, header: { "Idempotency-Key": "k" } });
  const call = services.calls.at(-1);
  assert(call?.use === "reward");
  assert.equal(call.key, "k");

  const refused = await api.score.$post({ json: { ...SCORE, user_id: "" } });
  assert(!refused.ok);
  const { detail } = await refused.json();
  assert(Array.isArray(detail));
  assert.deepEqual(detail[0]?.loc, ["body", "user_id"]);
});

Deno.test("Hono's client needs a user_id percent-encoded", sanitize, async () => {
  const { api } = client();
  const param = { user_id: encodeURIComponent("a/b%") };
  const answered = await api.stats.egreedy.v2[":user_id"].$get({ param });
  assert(answered.ok);
  assert.equal((await answered.json()).user_id, "a/b%");
  assert.equal((await api.reset[":user_id"].$post({ param })).status, 200);
  assert.equal((await api.admin.users[":user_id"].$delete({ param })).status, 200);
});

Deno.test("what is not in the contract does not compile", sanitize, () => {
  const { api } = client();
  const calls = [
    // @ts-expect-error a user_id is a string
    () => api.score.$post({ json: { ...SCORE, user_id: 1 } }),
    // @ts-expect-error a reward names a decision or features
    () => api.reward.$post({ json: { user_id: "u", reward: 1 } }),
    // @ts-expect-error there is no such policy
    () => api.score.ucb.$post({ json: SCORE }),
    // @ts-expect-error the path needs a user
    () => api.features[":user_id"].$get(),
  ];
  assert.equal(calls.length, 4);
});
