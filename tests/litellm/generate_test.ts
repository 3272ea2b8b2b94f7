import assert from "node:assert/strict";
import {
  GenerateResponse,
  PromptStatsResponse,
  REACTIONS,
  RewardResponse,
} from "../../src/contract/mod.ts";
import { tempFolder } from "../cli/harness.ts";
import { post, postOk } from "../support/http.ts";
import { planted } from "../support/planted.ts";
import { Service } from "../support/service.ts";
import { LiteLlmProxy, litellmTest } from "./proxy.ts";

const REQUEST = {
  user_id: "ada",
  context: {
    tasks: [
      { id: "report", content: planted("Write the report"), is_overdue: true, priority: 4 },
      { id: "dentist", content: planted("Call the dentist"), is_overdue: false, priority: 1 },
    ],
    hour_of_day: 9,
    day_of_week: 2,
  },
};

function env(folder: { readonly path: string }, url: string, key = LiteLlmProxy.KEY) {
  return { STATE_DIR: folder.path, LITELLM_URL: url, LITELLM_MASTER_KEY: key };
}

/** What the service answers when it cannot have tips. */
async function refusal({ url }: Service): Promise<{ status: number; detail: string }> {
  const { status, body } = await post(`${url}/generate`, REQUEST);
  const { detail } = body as { detail: string };
  return { status, detail };
}

litellmTest("the tips of a real proxy become candidates", async () => {
  await using folder = await tempFolder();
  await using proxy = await LiteLlmProxy.start();
  await using service = await Service.start(env(folder, proxy.url));
  const answer = await postOk(GenerateResponse, `${service.url}/generate`, REQUEST);
  const { candidates, model, prompt_version, prompt_tokens, completion_tokens } = answer;
  assert.deepEqual(
    candidates.map(({ content, source, rationale }) => [content, source, rationale]),
    [
      ["Do the overdue one first.", "llm", "It has waited longest."],
      ["Take a walk.", "llm", "A break helps."],
      ["Split it in two.", "llm", "A small step is easy."],
    ],
  );
  assert.equal(new Set(candidates.map(({ id }) => id)).size, 3);
  // The prompt may number the tasks in another order than the request's.
  const [first, second, third] = candidates.map(({ source_id }) => source_id);
  assert.deepEqual([first, third].toSorted(), ["dentist", "report"]);
  assert.equal(second, null);
  assert.deepEqual([model, prompt_version], ["tip-generator", "v1"]);
  // What LiteLLM reports of any mock_response.
  assert.deepEqual([prompt_tokens, completion_tokens], [10, 20]);
  assert.equal(answer.decision, undefined);
});

litellmTest("a tip is generated, chosen, rewarded and counted for its prompt", async () => {
  await using folder = await tempFolder();
  await using proxy = await LiteLlmProxy.start();
  await using service = await Service.start(env(folder, proxy.url));
  const { url } = service;
  const generated = await postOk(GenerateResponse, `${url}/generate?score=true`, REQUEST);
  const decision = generated.decision!;
  assert.equal(decision.policy, "egreedy-v2");
  assert.ok(decision.propensity > 0 && decision.propensity <= 1);
  const chosen = generated.candidates.find(({ id }) => id === decision.tip_id);
  assert.equal(chosen?.score, decision.score);

  const reward = { user_id: "ada", decision_id: decision.decision_id, reward: REACTIONS.done };
  assert.deepEqual(await postOk(RewardResponse, `${url}/reward/egreedy/v2`, reward), {
    ok: true,
    duplicate: false,
  });
  const stats = PromptStatsResponse.parse(await (await fetch(`${url}/prompts/stats`)).json());
  assert.equal(stats.versions.length, 1);
  const { version, shown, rewarded, mean_reward, reactions, models } = stats.versions[0]!;
  assert.deepEqual([version, shown, rewarded, mean_reward], ["v1", 1, 1, 1]);
  assert.equal(reactions.done.count, 1);
  assert.deepEqual(models, { "tip-generator": 1 });
});

litellmTest("a key that the proxy does not know is a 502", async () => {
  await using folder = await tempFolder();
  await using proxy = await LiteLlmProxy.start();
  await using service = await Service.start(env(folder, proxy.url, "sk-wrong"));
  const { status, detail } = await refusal(service);
  assert.equal(status, 502);
  // A proxy without a database says 400 "No connected db." to any other key; with one, 401.
  assert.match(detail, /^LiteLLM error: status 40[01]\b/);
  assert.doesNotMatch(detail + JSON.stringify(service.lines), /sk-wrong/);
});

litellmTest("a proxy without the alias is a 502", async () => {
  await using folder = await tempFolder();
  await using proxy = await LiteLlmProxy.start("another-model");
  await using service = await Service.start(env(folder, proxy.url));
  const { status, detail } = await refusal(service);
  assert.equal(status, 502);
  assert.match(detail, /^LiteLLM error: status 400\b/);
});

litellmTest("a proxy that has gone is a 503, to be tried again", async () => {
  await using folder = await tempFolder();
  await using proxy = await LiteLlmProxy.start();
  await using service = await Service.start(env(folder, proxy.url));
  await postOk(GenerateResponse, `${service.url}/generate`, REQUEST);
  await proxy.stop();
  const response = await fetch(`${service.url}/generate`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(REQUEST),
  });
  const { detail } = await response.json();
  assert.equal(response.status, 503);
  assert.match(response.headers.get("retry-after") ?? "", /^\d+$/);
  assert.match(detail, /^LiteLLM unreachable:/);
  const health = await fetch(`${service.url}/health`);
  await health.body?.cancel();
  assert.equal(health.status, 200); // scoring needs no LLM
});
