import assert from "node:assert/strict";
import { GenerateResponse, PromptStatsResponse } from "../../src/contract/mod.ts";
import { requestIds } from "../../src/observability/trace.ts";
import { createApp } from "../../src/http/app.ts";
import { TipGenerator, Tips } from "../../src/llm/mod.ts";
import { FakeServices, post } from "../http/fake_services.ts";
import {
  completion,
  CuttingServer,
  deadUrl,
  flood,
  KEY,
  makeGateway,
  status,
  type Step,
  Stub,
  TestLogger,
} from "../llm/stub.ts";
import { makeScorer, policyOf, test } from "../support/scorer.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const SECRET_TASK = "Call about the diagnosis";
const REQUEST = {
  user_id: "ada",
  n: 2,
  context: {
    tasks: [
      { id: "calm", content: "Water the plants" },
      { id: "late", content: SECRET_TASK, priority: 4, due_at: "2026-11-20T12:00:00Z" },
    ],
    hour_of_day: 9,
    day_of_week: 5,
  },
};
const TIPS = JSON.stringify([
  { id: "a", content: "Call now.", rationale: "It is late.", task: 1 },
  { id: "b", content: "Stretch.", rationale: null, task: null },
]);

/** The whole service over a gateway, but for the store's file and the port. */
function makeService(url: string, attemptTimeoutMs = 60_000) {
  const scorer = makeScorer({ now: () => NOW });
  const services = new FakeServices();
  const logger = new TestLogger();
  const tips = new Tips({
    generator: new TipGenerator({
      gateway: makeGateway(url, { attemptTimeoutMs, logger }),
      logger,
    }),
    scorer,
    getSync: () => Promise.resolve(undefined),
    activePolicy: policyOf("egreedy-v2"),
    defaultPromptVersion: "v1",
    now: () => NOW,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  });
  const app = createApp({
    scorer,
    tips,
    logger: services.logger,
    getSync: services.getSync,
    erase: services.erase,
    stored: services.stored,
    deadLetters: services.deadLetters,
    health: () => services.health(),
    ready: () => undefined,
    onUnknownProfileName: () => {},
    requestTimeoutMs: 30_000,
    admit: () => {},
    arrived: () => {},
    answered: () => {},
    metrics: () => services.metrics(),
    requestIds,
    runInRequest: (_ids, run) => run(),
  });
  const call = async (path: string, body: unknown) => {
    const response = await app.request(path, post(body));
    return { status: response.status, headers: response.headers, body: await response.json() };
  };
  return { app, call, logger, [Symbol.dispose]: () => scorer[Symbol.dispose]() };
}

test("tips carry the task they are about, and what they cost", async () => {
  await using stub = new Stub(completion(TIPS));
  using service = makeService(stub.url);
  const { status, body } = await service.call("/generate", REQUEST);
  assert.equal(status, 200);
  const { generation_id, ...answer } = GenerateResponse.parse(body);
  assert.deepEqual(answer, {
    candidates: [
      { id: "a", content: "Call now.", source: "llm", rationale: "It is late.", source_id: "late" },
      { id: "b", content: "Stretch.", source: "llm", rationale: null, source_id: null },
    ],
    model: "gpt-stub",
    prompt_version: "v1",
    prompt_tokens: 100,
    completion_tokens: 20,
  });
  assert.match(generation_id, /^[\w-]+$/);
});

test("generate, score and reward are counted for the prompt and the model", async () => {
  await using stub = new Stub(completion(TIPS));
  using service = makeService(stub.url);
  const generated =
    (await service.call("/generate", { ...REQUEST, prompt_version: "v2-mentor" })).body;
  const candidates = generated.candidates.map((each: object) => ({
    ...each,
    generation_id: generated.generation_id,
    prompt_version: generated.prompt_version,
  }));
  const { body: scored } = await service.call("/score/egreedy", { user_id: "ada", candidates });
  const reward = { user_id: "ada", decision_id: scored.decision_id, reward: 0.5 };
  for (const duplicate of [false, true]) {
    assert.deepEqual((await service.call("/reward/egreedy", reward)).body, { ok: true, duplicate });
  }
  const response = await service.app.request("/prompts/stats");
  const { versions } = PromptStatsResponse.parse(await response.json());
  assert.deepEqual(
    versions.map(({ version, shown, rewarded, mean_reward, models, reactions }) => [
      [version, shown, rewarded, mean_reward, models, reactions.helpful.count],
    ]),
    [[["v2-mentor", 1, 1, 0.5, { "gpt-stub": 1 }, 1]]],
  );
});

test("?score=true scores a tip by its task's features, as POST /score does", async () => {
  await using stub = new Stub(completion(TIPS), completion(TIPS));
  using service = makeService(stub.url);
  const features = { is_overdue: true, task_age_days: 0, priority: 4 };
  const lesson = { user_id: "ada", tip_id: "x", reward: 1, day_of_week: 5 };
  await service.call("/reward/egreedy/v2", {
    ...lesson,
    features: { ...features, hour_of_day: 9 },
  });
  const { body: generated } = await service.call("/generate?score=true", REQUEST);
  const { decision, candidates } = GenerateResponse.parse(generated);
  const { body: scored } = await service.call("/score/egreedy/v2", {
    user_id: "ada",
    context: { hour_of_day: 9, day_of_week: 5 },
    candidates: [
      { id: "a", content: "", source: "llm", features },
      { id: "b", content: "", source: "llm" },
    ],
  });
  assert.equal(decision?.policy, "egreedy-v2");
  assert.equal(decision.tip_id, "a");
  assert.equal(decision.score, scored.score);
  assert.equal(candidates[0]?.score, scored.score);
  assert.ok(candidates[1]!.score! < candidates[0]!.score!);
  const answer = await service.call("/reward/egreedy/v2", {
    user_id: "ada",
    decision_id: decision.decision_id,
    reward: 1,
  });
  assert.deepEqual(answer.body, { ok: true, duplicate: false });
});

const bad: Record<string, { steps: Step[]; status: number; detail: string; asked: number }> = {
  "malformed three times": {
    steps: [completion("Sure!"), completion("no"), completion("[1]")],
    status: 502,
    detail: "LLM returned invalid JSON after 2 retries: no usable item",
    asked: 3,
  },
  "no choices": {
    steps: [completion("", { choices: [] })],
    status: 502,
    detail: "LiteLLM error: no choices",
    asked: 1,
  },
  "status 500": {
    steps: [status(500), status(500), status(500, {}, `{"error":"${KEY}"}`)],
    status: 502,
    detail: "LiteLLM error: status 500",
    asked: 3,
  },
  "status 401": {
    steps: [status(401, {}, `{"error":"bad ${KEY}"}`)],
    status: 502,
    detail: "LiteLLM error: status 401",
    asked: 1,
  },
  "a reply of 10 MB": {
    steps: [flood(10_000_000)],
    status: 502,
    detail: "LiteLLM error: reply too large",
    asked: 1,
  },
};
for (const [name, { steps, status, detail, asked }] of Object.entries(bad)) {
  test(`${name}: ${status}, and nothing of the gateway's in the answer`, async () => {
    await using stub = new Stub(...steps);
    using service = makeService(stub.url);
    const answer = await service.call("/generate", REQUEST);
    assert.equal(answer.status, status);
    const id = answer.headers.get("x-request-id");
    assert.deepEqual(answer.body, { detail: `${detail} (request ${id})` });
    assert.equal(stub.received.length, asked);
    const logged = JSON.stringify(service.logger.logged);
    assert.ok(!logged.includes(KEY) && !logged.includes(SECRET_TASK));
  });
}

test("malformed twice, then right: the tips, and the tokens of all three", async () => {
  await using stub = new Stub(
    completion("no"),
    completion("[]"),
    completion("```json\n" + TIPS + "\n```"),
  );
  using service = makeService(stub.url);
  const { status, body } = await service.call("/generate", REQUEST);
  assert.equal(status, 200);
  assert.deepEqual([body.prompt_tokens, body.completion_tokens], [300, 60]);
  const [, , last] = stub.received;
  assert.deepEqual(
    last!.body.messages.map(({ role }: { role: string }) => role),
    ["system", "user", "assistant", "user", "assistant", "user"],
  );
});

test("a gateway that cannot be reached, hangs or hangs up: 503 with Retry-After", async () => {
  await using cutting = new CuttingServer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{");
  using silent = Deno.listen({ port: 0, hostname: "127.0.0.1" }); // nobody accepts
  const cases: [url: string, timeoutMs: number, detail: RegExp][] = [
    [deadUrl(), 60_000, /^LiteLLM unreachable: connection refused \(request /],
    [cutting.url, 60_000, /^LiteLLM unreachable: connection cut \(request /],
    [`http://127.0.0.1:${silent.addr.port}`, 50, /^LiteLLM unreachable: timeout \(request /],
  ];
  for (const [url, timeoutMs, detail] of cases) {
    using service = makeService(url, timeoutMs);
    const answer = await service.call("/generate", REQUEST);
    assert.equal(answer.status, 503);
    assert.match(answer.body.detail, detail);
    assert.match(answer.headers.get("retry-after")!, /^\d+$/);
  }
});

test("a caller that goes away takes the gateway's call along", async () => {
  using gateway = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  using service = makeService(`http://127.0.0.1:${gateway.addr.port}`);
  const gone = new AbortController();
  const answer = service.app.request("/generate", { ...post(REQUEST), signal: gone.signal });
  using connection = await gateway.accept();
  const buffer = new Uint8Array(1 << 16);
  await connection.read(buffer);
  gone.abort();
  assert.equal((await answer).status, 400);
  while (await connection.read(buffer) !== null); // ends when the service hangs up
});
