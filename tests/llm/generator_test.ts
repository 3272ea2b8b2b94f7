import assert from "node:assert/strict";
import {
  CallerGoneError,
  GatewayError,
  GatewayUnreachableError,
  InvalidReplyError,
  UnknownPromptVersionError,
} from "../../src/llm/errors.ts";
import { TipGenerator } from "../../src/llm/generator.ts";
import { TIPS_SCHEMA } from "../../src/llm/reply.ts";
import { test } from "../support/scorer.ts";
import { until } from "../support/until.ts";
import { completion, hang, makeGateway, status, Stub, TestLogger, TRACEPARENT } from "./stub.ts";

const PROMPT = { system: "You write tips.", user: "Write 3." };
const TIP = { id: "walk", content: "Take a walk.", rationale: null, task: null };
const GOOD = completion(JSON.stringify([TIP]));

function generate(stub: Stub, over: {
  readonly logger?: TestLogger;
  readonly totalTimeoutMs?: number;
  readonly structuredOutput?: boolean;
  readonly signal?: AbortSignal;
} = {}) {
  const { logger = new TestLogger(), structuredOutput = false } = over;
  const generator = new TipGenerator({
    gateway: makeGateway(stub.url, { logger, structuredOutput }),
    totalTimeoutMs: over.totalTimeoutMs ?? 60_000,
    logger,
  });
  const signal = over.signal ?? new AbortController().signal;
  return generator.generate(PROMPT, 3, { signal, traceparent: TRACEPARENT });
}

test("the prompt is sent, and the tips come", async () => {
  await using stub = new Stub(GOOD);
  const logger = new TestLogger();
  assert.deepEqual(await generate(stub, { logger }), {
    tips: [TIP],
    model: "gpt-stub",
    promptTokens: 100,
    completionTokens: 20,
    attempts: 1,
  });
  const [request] = stub.received;
  assert.deepEqual(request?.body.messages, [
    { role: "system", content: PROMPT.system },
    { role: "user", content: PROMPT.user },
  ]);
  assert.equal(request?.body.response_format, undefined);
  assert.equal(request?.headers.get("traceparent"), TRACEPARENT);
  assert.deepEqual(logger.logged, []);
});

test("the schema of tips is sent where the setting says so", async () => {
  await using stub = new Stub(GOOD);
  await generate(stub, { structuredOutput: true });
  assert.deepEqual(stub.received[0]?.body.response_format.json_schema.schema, TIPS_SCHEMA);
});

test("an unusable reply is quoted with a hint, and what all attempts cost is summed", async () => {
  const long = "no ".repeat(3_000);
  await using stub = new Stub(
    completion(long),
    completion("", { usage: { prompt_tokens: "?" } }),
    completion(JSON.stringify({ tips: [TIP] }), { model: "gpt-other" }),
  );
  const { tips, model, promptTokens, completionTokens, attempts } = await generate(stub);
  assert.deepEqual([tips, model, attempts], [[TIP], "gpt-other", 3]);
  assert.deepEqual([promptTokens, completionTokens], [200, 40]);
  const sent = stub.received.map(({ body }) => body.messages);
  const roles = sent.map((messages: { role: string }[]) => messages.map(({ role }) => role));
  assert.deepEqual(roles, [
    ["system", "user"],
    ["system", "user", "assistant", "user"],
    ["system", "user", "assistant", "user", "assistant", "user"],
  ]);
  assert.equal(sent[2][2].content, long.slice(0, 4_000));
  assert.equal(sent[2][4].content, "(nothing)");
  assert.match(sent[2][5].content, /3 tips, as nothing but the JSON/);
});

test("three unusable replies are an error, and the log tells what they cost", async () => {
  await using stub = new Stub(
    completion("no"),
    completion("still no"),
    completion('["tip"]'),
    GOOD,
  );
  const logger = new TestLogger();
  const error = new InvalidReplyError("no usable item", 3);
  assert.equal(error.message, "LLM returned invalid JSON after 2 retries: no usable item");
  await assert.rejects(generate(stub, { logger }), error);
  assert.equal(stub.received.length, 3);
  assert.deepEqual(logger.logged.map(({ properties }) => properties["length"]), [
    "no".length,
    "still no".length,
    '["tip"]'.length,
    undefined,
  ]);
  assert.deepEqual(logger.logged[0]?.properties, {
    kind: "not JSON",
    model: "gpt-stub",
    attempts: 1,
    length: 2,
  });
  assert.deepEqual(logger.logged.at(-1)?.properties, {
    reason: "InvalidReplyError",
    attempts: 3,
    prompt_tokens: 300,
    completion_tokens: 60,
  });
});

test("errors of the gateway are not the LLM's: they are passed on", async () => {
  const logger = new TestLogger();
  await using stub = new Stub(completion("no"), status(401, {}, "Who are you?"));
  await assert.rejects(generate(stub, { logger }), new GatewayError("status 401"));
  assert.equal(logger.logged.at(-1)?.properties["prompt_tokens"], 100);
  await using empty = new Stub(completion("", { choices: [] }), GOOD);
  await assert.rejects(generate(empty), new GatewayError("no choices"));
});

test("one time limit holds for all attempts", async () => {
  await using stub = new Stub(completion("no"), hang);
  const error = new GatewayUnreachableError("timeout");
  await assert.rejects(generate(stub, { totalTimeoutMs: 500 }), error);
  await until("the stub sees it", () => stub.hungUp === stub.received.length - 1);
});

test("a caller that goes ends it", async () => {
  await using stub = new Stub(completion("no"), hang);
  const caller = new AbortController();
  const gone = assert.rejects(generate(stub, { signal: caller.signal }), CallerGoneError);
  await until("the stub has the second", () => stub.received.length === 2);
  caller.abort();
  await gone;
  await until("the stub sees it", () => stub.hungUp === 1);
});

test("what callers are told", () => {
  assert.equal(new GatewayError("status 401").message, "LiteLLM error: status 401");
  const { message, retryAfterS } = new GatewayUnreachableError("timeout");
  assert.deepEqual([message, retryAfterS], ["LiteLLM unreachable: timeout", 5]);
  assert.equal(
    new UnknownPromptVersionError("v9", ["v1", "v2-mentor", "v3-few-shot"]).message,
    "Unknown prompt_version: v9 (known: v1, v2-mentor, v3-few-shot)",
  );
});
