import assert from "node:assert/strict";
import { Deadline } from "../../src/llm/deadline.ts";
import { CallerGoneError, GatewayError, GatewayUnreachableError } from "../../src/llm/errors.ts";
import type { Gateway, GatewayCall } from "../../src/llm/gateway.ts";
import { test } from "../support/scorer.ts";
import { until } from "../support/until.ts";
import {
  completion,
  CuttingServer,
  deadUrl,
  flood,
  hang,
  KEY,
  makeGateway,
  status,
  type Step,
  Stub,
  TestLogger,
  TRACEPARENT,
} from "./stub.ts";

const MESSAGES = [{ role: "user", content: "Hello" }] as const;

async function complete(gateway: Gateway, over: Partial<GatewayCall> = {}) {
  using deadline = new Deadline(60_000);
  const call = { signal: new AbortController().signal, traceparent: TRACEPARENT, deadline };
  return await gateway.complete(MESSAGES, { ...call, ...over });
}

const gatewayError = (kind: string) => new GatewayError(kind);
const unreachable = (kind: string) => new GatewayUnreachableError(kind);

test("a completion is asked for as LiteLLM wants it, and read", async () => {
  await using stub = new Stub(completion("[]"));
  assert.deepEqual(await complete(makeGateway(stub.url)), {
    content: "[]",
    model: "gpt-stub",
    promptTokens: 100,
    completionTokens: 20,
  });
  const [request] = stub.received;
  assert.ok(request);
  assert.equal(`${request.method} ${request.path}`, "POST /v1/chat/completions");
  assert.deepEqual(request.body, { model: "tip-generator", messages: MESSAGES, temperature: 0.7 });
  assert.equal(request.headers.get("authorization"), `Bearer ${KEY}`);
  assert.equal(request.headers.get("content-type"), "application/json");
  assert.equal(request.headers.get("traceparent"), TRACEPARENT);
});

test("no key, no Authorization; a slash at the URL's end is no part of the path", async () => {
  await using stub = new Stub(completion("[]"));
  await complete(makeGateway(`${stub.url}/`, { key: undefined }));
  assert.equal(stub.received[0]?.headers.get("authorization"), null);
  assert.equal(stub.received[0]?.path, "/v1/chat/completions");
});

test("a schema is sent where the setting says so", async () => {
  await using stub = new Stub(completion("[]"), completion("[]"));
  const schema = { type: "object" };
  await complete(makeGateway(stub.url, { structuredOutput: true }), { schema });
  await complete(makeGateway(stub.url), { schema });
  const [held, free] = stub.received;
  assert.deepEqual(held?.body.response_format, {
    type: "json_schema",
    json_schema: { name: "tips", strict: true, schema },
  });
  assert.equal(free?.body.response_format, undefined);
});

test("what is missing or of a wrong type in usage and model is made up for", async () => {
  const usages = [undefined, null, "many", {}, { prompt_tokens: "7", completion_tokens: -1 }, {
    prompt_tokens: 1.5,
    completion_tokens: null,
  }];
  const odd = usages.map((usage) => completion("[]", { usage, model: null }));
  await using stub = new Stub(...odd, completion("[]", { usage: { prompt_tokens: 7 } }));
  const gateway = makeGateway(stub.url);
  for (const _ of usages) {
    const { model, promptTokens, completionTokens } = await complete(gateway);
    assert.deepEqual([model, promptTokens, completionTokens], ["tip-generator", 0, 0]);
  }
  const { promptTokens, completionTokens } = await complete(gateway);
  assert.deepEqual([promptTokens, completionTokens], [7, 0]);
});

const NO_COMPLETIONS: [string, Step][] = [
  ["not JSON", status(200, {}, "<html>")],
  ["not JSON", () => new Response(null, { status: 204 })],
  ["no choices", status(200, {}, "null")],
  ["no choices", status(200, {}, '{"error": {"message": "no"}}')],
  ["no choices", completion("", { choices: [] })],
  ["no choices", completion("", { choices: "none" })],
  ["no content", completion(null)],
  ["no content", completion(["[]"])],
  ["no content", completion("", { choices: [null] })],
  ["status 302", status(302, { location: "/elsewhere" })],
  ["status 400", status(400)],
  ["status 401", status(401)],
  ["status 404", status(404)],
  ["reply too large", flood(10 << 20)],
];

test("what is no completion is an error at once", async () => {
  for (const [kind, step] of NO_COMPLETIONS) {
    await using stub = new Stub(step);
    await assert.rejects(complete(makeGateway(stub.url)), gatewayError(kind));
    assert.equal(stub.received.length, 1, kind);
  }
});

test("a reply that is too large is given up", async () => {
  await using stub = new Stub(flood(10 << 20));
  await assert.rejects(complete(makeGateway(stub.url)), gatewayError("reply too large"));
  await until("it is cancelled", () => stub.cancelled === 1);
});

test("429 and 5xx are tried again, twice", async () => {
  await using mended = new Stub(status(500), status(429, { "retry-after": "0" }), completion("[]"));
  assert.equal((await complete(makeGateway(mended.url))).content, "[]");
  for (const code of [429, 500, 503]) {
    await using stub = new Stub(status(code), status(code), status(code), completion("[]"));
    await assert.rejects(complete(makeGateway(stub.url)), gatewayError(`status ${code}`));
    assert.equal(stub.received.length, 3);
  }
});

test("Retry-After is waited for, unless it is past the deadline", async () => {
  // A date in the past and rubbish are no reason to wait.
  const past = status(429, { "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT" });
  await using stub = new Stub(past, status(503, { "retry-after": "soon" }), completion("[]"));
  assert.equal((await complete(makeGateway(stub.url))).content, "[]");

  const inAnHour = new Date(Date.now() + 3_600_000).toUTCString();
  for (const value of ["3600", "9".repeat(400), inAnHour]) {
    await using stub = new Stub(status(429, { "retry-after": value }), completion("[]"));
    await assert.rejects(complete(makeGateway(stub.url)), gatewayError("status 429"));
    assert.equal(stub.received.length, 1);
  }
});

test("pauses double, and are spread by chance", async () => {
  // A pause that is past the deadline is not begun, which tells how long it would have been.
  const attempts = async (pauseMs: number, random: number) => {
    await using stub = new Stub(status(500), status(500), status(500));
    const gateway = makeGateway(stub.url, { pauseMs, random: () => random });
    const deadline = { signal: new AbortController().signal, remainingMs: 100 };
    await assert.rejects(complete(gateway, { deadline }), gatewayError("status 500"));
    return stub.received.length;
  };
  assert.equal(await attempts(99, 1), 2);
  assert.equal(await attempts(99, 0), 3);
  assert.equal(await attempts(201, 0), 1);
});

test("an attempt that takes too long is not tried again", async () => {
  await using stub = new Stub(hang, completion("[]"));
  const gateway = makeGateway(stub.url, { attemptTimeoutMs: 50 });
  await assert.rejects(complete(gateway), unreachable("timeout"));
  await until("the stub sees it", () => stub.hungUp === 1);
  assert.equal(stub.received.length, 1);
});

test("so is the time of all attempts limited, pauses too", async () => {
  await using stub = new Stub(hang);
  using deadline = new Deadline(50);
  await assert.rejects(complete(makeGateway(stub.url), { deadline }), unreachable("timeout"));
  await until("the stub sees it", () => stub.hungUp === 1);

  await using failing = new Stub(status(500));
  const over = new AbortController();
  const gateway = makeGateway(failing.url, {
    pauseMs: 60_000,
    random: () => {
      // The pause begins after this.
      queueMicrotask(() => over.abort());
      return 0;
    },
  });
  const late = { signal: over.signal, remainingMs: 60_000 };
  await assert.rejects(complete(gateway, { deadline: late }), unreachable("timeout"));
  assert.equal(failing.received.length, 1);
});

test("a connection that is cut is told of, and what was asked is not asked again", async () => {
  for (const answer of ["", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"]) {
    await using server = new CuttingServer(answer);
    await assert.rejects(complete(makeGateway(server.url)), unreachable("connection cut"));
    assert.equal(server.connections, 1);
  }
});

test("a gateway that is not there is tried three times", async () => {
  const logger = new TestLogger();
  await assert.rejects(
    complete(makeGateway(deadUrl(), { logger })),
    unreachable("connection refused"),
  );
  assert.equal(logger.logged.length, 3);
});

test("when the caller goes, so does the call", async () => {
  await using stub = new Stub(hang);
  const caller = new AbortController();
  const call = complete(makeGateway(stub.url), { signal: caller.signal });
  const gone = assert.rejects(call, CallerGoneError);
  await until("the stub has it", () => stub.received.length === 1);
  caller.abort();
  await gone;
  await until("the stub sees it", () => stub.hungUp === 1);
  await assert.rejects(
    complete(makeGateway(stub.url), { signal: caller.signal }),
    CallerGoneError,
  );
  assert.equal(stub.received.length, 1);
});

test("a caller that goes in a pause is not waited for", async () => {
  await using stub = new Stub(status(500));
  const caller = new AbortController();
  const gateway = makeGateway(stub.url, {
    pauseMs: 60_000,
    random: () => {
      queueMicrotask(() => caller.abort());
      return 0;
    },
  });
  await assert.rejects(complete(gateway, { signal: caller.signal }), CallerGoneError);
});

test("of what the gateway sends, the log has an error's type and code alone", async () => {
  const error = (type: unknown, code: unknown) =>
    JSON.stringify({ error: { type, code, message: `${KEY} is wrong: Buy the ring` } });
  const bodies: [body: string, words: Record<string, string>][] = [
    [error("auth_error", "401"), { error_type: "auth_error", error_code: "401" }],
    [error("auth_error", 401), { error_type: "auth_error", error_code: "401" }],
    [error(null, `${KEY}:1`), {}],
    [error("Buy the ring", { a: 1 }), {}],
    [error("x".repeat(65), "tasks\n"), {}],
    [`${KEY} is wrong, Buy the ring`, {}],
    ['{"error": "Buy the ring"}', {}],
    ["null", {}],
  ];
  for (const [body, words] of bodies) {
    const logger = new TestLogger();
    await using stub = new Stub(status(400, {}, body));
    const url = stub.url.replace("//", "//ada:pass@");
    await assert.rejects(complete(makeGateway(url, { logger })), gatewayError("status 400"));
    const message = "The LLM gateway answered with an error";
    const properties = { status: 400, ...words, length: body.length };
    assert.deepEqual(logger.logged, [{ message, properties }]);
  }
  const logger = new TestLogger();
  await using stub = new Stub(() => new Response("Buy the ring"));
  await assert.rejects(complete(makeGateway(stub.url, { logger })), gatewayError("not JSON"));
  assert.deepEqual(logger.logged[0]?.properties, { kind: "not JSON", length: 12 });
});

test("credentials of the URL are sent where there is no key, and are no part of the URL", async () => {
  const sent = async (key: string | undefined, credentials: string) => {
    await using stub = new Stub(completion("[]"));
    await complete(makeGateway(stub.url.replace("//", `//${credentials}@`), { key }));
    return stub.received[0]!.headers.get("authorization");
  };
  assert.equal(await sent(undefined, "ada:p%40ss"), `Basic ${btoa("ada:p@ss")}`);
  assert.equal(await sent(undefined, "ada:100%"), `Basic ${btoa("ada:100%")}`);
  assert.equal(await sent(KEY, "ada:pass"), `Bearer ${KEY}`);
});

test("a caller's tracestate goes along, and no traceparent where fetch() sends its own", async () => {
  await using stub = new Stub(completion("[]"), completion("[]"));
  await complete(makeGateway(stub.url), { tracestate: "a=1,b=2" });
  await complete(makeGateway(stub.url, { fetchTraces: true }), { tracestate: "a=1" });
  const [first, second] = stub.received.map(({ headers }) => headers);
  assert.equal(first?.get("traceparent"), TRACEPARENT);
  assert.equal(first?.get("tracestate"), "a=1,b=2");
  assert.equal(second?.get("traceparent"), null);
  assert.equal(second?.get("tracestate"), "a=1");
});

test("no error names the key, the URL or its password", async () => {
  const dead = deadUrl().replace("//", "//ada:pass@");
  for (
    const [url, key] of [[dead, KEY], [dead, "sk-secret\n1"], ["http://ada:pass@:x/", KEY]] as const
  ) {
    const logger = new TestLogger();
    await assert.rejects(complete(makeGateway(url, { key, logger })), (error) => {
      const told = Deno.inspect([error, logger.logged]).replaceAll(/^ +at .*$/gm, "");
      assert.doesNotMatch(told, /secret|pass|127\.0\.0\.1/);
      return error instanceof GatewayError || error instanceof GatewayUnreachableError;
    });
  }
});
