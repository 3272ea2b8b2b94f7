import assert from "node:assert/strict";
import { Deadline } from "../../../src/llm/deadline.ts";
import type { Gateway } from "../../../src/llm/gateway.ts";
import { TipGenerator } from "../../../src/llm/mod.ts";
import { Metrics } from "../../../src/observability/metrics/mod.ts";
import {
  completion,
  CuttingServer,
  deadUrl,
  hang,
  makeGateway,
  status,
  type Step,
  Stub,
  TestLogger,
  TRACEPARENT,
} from "../../llm/stub.ts";
import { Exposition } from "../../support/exposition.ts";
import { test } from "../../support/scorer.ts";
import { until } from "../../support/until.ts";

/** What is counted of one completion, which may fail. */
async function counted(
  url: string,
  over: Parameters<typeof makeGateway>[1] = {},
  signal = new AbortController().signal,
) {
  const metrics = new Metrics();
  using deadline = new Deadline(60_000);
  const gateway: Gateway = makeGateway(url, { ...over, observer: metrics.llm });
  const call = { signal, traceparent: TRACEPARENT, deadline };
  await gateway.complete([{ role: "user", content: "q" }], call).catch(() => {});
  const found = new Exposition(await metrics.text());
  return {
    calls: found.all("llm_calls_total"),
    retries: found.all("llm_retries_total"),
    tokens: found.all("llm_tokens_total"),
    timed: found.value("llm_call_duration_seconds_count"),
  };
}

async function countedOf(...steps: Step[]) {
  await using stub = new Stub(...steps);
  return await counted(stub.url);
}

const NONE = { retries: {}, tokens: {} };

test("every request to the gateway is counted by what came of it", async () => {
  assert.deepEqual(await countedOf(status(429), status(503), completion("tip")), {
    calls: { rate_limited: 1, failed: 1, ok: 1 },
    retries: { gateway: 2 },
    tokens: { "prompt gpt-stub": 100, "completion gpt-stub": 20 },
    timed: 3,
  });
  assert.deepEqual(await countedOf(status(401)), { ...NONE, calls: { refused: 1 }, timed: 1 });
  assert.deepEqual(await countedOf(status(302)), { ...NONE, calls: { refused: 1 }, timed: 1 });
  assert.deepEqual(
    await countedOf(status(200)),
    { ...NONE, calls: { no_completion: 1 }, timed: 1 },
  );
});

test("requests without an answer are counted by the reason", async () => {
  await using cutting = new CuttingServer("");
  assert.deepEqual(
    await counted(cutting.url),
    { ...NONE, calls: { unreachable: 1 }, timed: 1 },
  );
  const dead = await counted(deadUrl());
  assert.deepEqual(dead, {
    ...NONE,
    calls: { unreachable: 3 },
    retries: { gateway: 2 },
    timed: 3,
  });
  await using stub = new Stub(hang, hang);
  assert.deepEqual(
    await counted(stub.url, { attemptTimeoutMs: 20 }),
    { ...NONE, calls: { timeout: 1 }, timed: 1 },
  );
  const caller = new AbortController();
  const gone = counted(stub.url, {}, caller.signal);
  await until("the gateway was asked", () => stub.received.length === 2);
  caller.abort();
  assert.deepEqual(await gone, { ...NONE, calls: { caller_gone: 1 }, timed: 1 });
});

test("a caller who is gone before is no call", async () => {
  assert.deepEqual(
    await counted(deadUrl(), {}, AbortSignal.abort()),
    { ...NONE, calls: {}, timed: 0 },
  );
});

test("asking again because of the reply is a retry of its own kind", async () => {
  await using stub = new Stub(completion("no tips"), completion('[{"content": "Rest."}]'));
  const metrics = new Metrics();
  const observer = metrics.llm;
  const logger = new TestLogger();
  const generator = new TipGenerator({
    gateway: makeGateway(stub.url, { observer }),
    logger,
    observer,
  });
  const { signal } = new AbortController();
  await generator.generate({ system: "s", user: "u" }, 1, { signal, traceparent: TRACEPARENT });
  const found = new Exposition(await metrics.text());
  assert.deepEqual(found.all("llm_retries_total"), { reply: 1 });
  assert.deepEqual(found.all("llm_calls_total"), { ok: 2 });
  assert.deepEqual(found.all("llm_tokens_total"), {
    "prompt gpt-stub": 200,
    "completion gpt-stub": 40,
  });
});

test("a model's name is the gateway's to choose, so the number of labels is bounded", async () => {
  const metrics = new Metrics();
  for (let i = 0; i < 60; i++) {
    metrics.llm.completed({ model: `model-${i}`, promptTokens: 2, completionTokens: 1 });
  }
  const tokens = new Exposition(await metrics.text()).all("llm_tokens_total");
  assert.equal(Object.keys(tokens).length, 102);
  assert.deepEqual([tokens["prompt (other)"], tokens["completion (other)"]], [20, 10]);
});
