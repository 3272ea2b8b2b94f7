/**
 * A service at LOG_LEVEL=trace with planted secrets, fed planted content through every way in.
 * The harness fails where stdout or stderr holds any of it; this sees to it that there is much to
 * hold, and that the harness finds what is there.
 *
 * @module
 */
import assert from "node:assert/strict";
import { headers as natsHeaders } from "@nats-io/nats-core";
import { tempFolder } from "../cli/harness.ts";
import { bound, SIGNALS } from "../events/harness.ts";
import { completion, status, type Step, Stub } from "../llm/stub.ts";
import { NatsClient, NatsServer, natsTest } from "../support/nats_server.ts";
import { hasPlanted, planted } from "../support/planted.ts";
import { test } from "../support/scorer.ts";
import { type Line, Service } from "../support/service.ts";

const sentence = (kind: string) => `a ${planted(kind)} text`;

const SECRETS = {
  API_TOKEN: planted("api-token"),
  ADMIN_TOKEN: planted("admin-token"),
  LITELLM_MASTER_KEY: planted("litellm-key"),
};

const FEATURES = { is_overdue: true, task_age_days: 2, priority: 3 };
const CANDIDATE = {
  id: "tip-1",
  content: sentence("content"),
  source: "llm",
  rationale: sentence("rationale"),
  features: FEATURES,
};
const PROFILE = { completion_rate_30d: 0.5, [sentence("profile name")]: sentence("profile value") };
const TASKS = [{ id: "task-1", content: sentence("task"), title: sentence("title"), priority: 4 }];

/** What a planted body of each kind is: right, and wrong in each of its planted fields. */
const BODIES: Readonly<Record<string, readonly unknown[]>> = {
  score: [
    { user_id: "ada", candidates: [CANDIDATE], profile_features: PROFILE },
    { user_id: "ada", candidates: [], profile_features: PROFILE },
    { user_id: "ada", candidates: [{ ...CANDIDATE, features: sentence("features") }] },
    { user_id: "ada", candidates: [{ ...CANDIDATE, [sentence("field")]: sentence("extra") }] },
  ],
  reward: [
    { user_id: "ada", tip_id: "tip-1", reward: 1, features: FEATURES, profile_features: PROFILE },
    { user_id: "ada", tip_id: "tip-1", reward: sentence("reward"), features: FEATURES },
    { user_id: "ada", decision_id: sentence("decision"), reward: 1 },
  ],
  generate: [
    {
      user_id: "ada",
      profile_features: PROFILE,
      context: { tasks: TASKS, extra: { note: sentence("extra") } },
    },
    { user_id: "ada", context: { tasks: [{ content: 3, due_at: sentence("due") }] } },
    { user_id: "ada", context: {}, prompt_version: sentence("version") },
  ],
};
const GARBAGE = ["{", `{"${planted("broken")}`, `"${planted("no object")}"`];

/** What an LLM and its gateway do at their worst: quote the prompt, the key, and each other. */
const prompt: { text: string } = { text: "" };
const quoting = (answer: (quote: string) => Step): Step => (request, stub) => {
  // Without brackets, as its JSON would be taken for tips.
  prompt.text = JSON.stringify(stub.received.at(-1)?.body.messages).replaceAll(/[[\]{}]/g, " ");
  return answer(`${prompt.text} ${SECRETS.LITELLM_MASTER_KEY}`)(request, stub);
};
const WORST: readonly Step[] = [
  ...Array.from({ length: 3 }, () => quoting((quote) => completion(quote, { model: quote }))),
  ...["message", "type", "code"].map((field) =>
    quoting((quote) => status(400, {}, JSON.stringify({ error: { [field]: quote } })))
  ),
  status(400, {}, JSON.stringify({ error: { code: SECRETS.LITELLM_MASTER_KEY } })),
  quoting((quote) => status(401, { "x-error": planted("header") }, quote)),
  quoting((quote) => completion(quote, { choices: [] })),
  quoting((quote) => () => new Response(quote)),
  quoting((quote) =>
    completion(JSON.stringify([{ id: "tip-1", content: quote, rationale: quote }]))
  ),
];

/** Posts to every route of the document every planted body, as every kind of caller. */
async function callAll({ url }: Service): Promise<number> {
  const document = await (await fetch(`${url}/openapi.json`, {
    headers: { authorization: `Bearer ${SECRETS.ADMIN_TOKEN}` },
  })).json();
  const tokens = [SECRETS.ADMIN_TOKEN, SECRETS.API_TOKEN, planted("wrong-token")];
  let calls = 0;
  const call = async (path: string, init: RequestInit & { headers: Record<string, string> }) => {
    const response = await fetch(`${url}${path}`, init);
    await response.body?.cancel();
    calls++;
  };
  for (const token of tokens) {
    const headers = {
      authorization: `Bearer ${token}`,
      "idempotency-key": planted("key"),
      cookie: `session=${planted("cookie")}`,
      traceparent: planted("traceparent"),
      tracestate: `a=${planted("tracestate")}`,
      "content-type": "application/json",
    };
    for (const path of Object.keys(document.paths)) {
      const at = path.replace("{user_id}", "ada").replace("{name}", planted("letter"));
      await call(`${at}?score=${planted("query")}`, { headers });
      const [, kind = ""] = at.split("/");
      for (
        const body of [...(BODIES[kind] ?? []).map((each) => JSON.stringify(each)), ...GARBAGE]
      ) {
        await call(at, { method: "POST", headers, body });
      }
      await call(at, { method: "DELETE", headers });
      const wrongType = { ...headers, "content-type": planted("type") };
      await call(at, { method: "POST", headers: wrongType, body: GARBAGE[0]! });
    }
    await call(`/${planted("path")}`, { headers });
  }
  // What is left of the worst.
  const headers = {
    authorization: `Bearer ${SECRETS.API_TOKEN}`,
    "content-type": "application/json",
  };
  for (const _ of WORST) {
    const body = JSON.stringify(BODIES["generate"]![0]);
    await call("/generate?score=true", { method: "POST", headers, body });
  }
  return calls;
}

/** Reads what Sentry is sent, and answers it. */
function sentrySink() {
  return Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    await request.bytes();
    return new Response("{}");
  });
}

const messagesOf = (lines: readonly Line[]) => new Set(lines.map(({ message }) => message));

test("no log has a secret or what users wrote, whatever comes over HTTP", async () => {
  await using folder = await tempFolder();
  await using stub = new Stub(...WORST);
  const sentry = sentrySink();
  await using _ = { [Symbol.asyncDispose]: () => sentry.shutdown() };
  await using service = await Service.start({
    ...SECRETS,
    STATE_DIR: `${folder.path}/state`,
    LOG_LEVEL: "trace",
    LITELLM_URL: stub.url.replace("//", `//${planted("user")}:${planted("pass")}@`),
    SENTRY_DSN: `http://${planted("dsn").replace("-", "")}@127.0.0.1:${sentry.addr.port}/1`,
    NATS_URL: `nats://${planted("nats-user")}:${planted("nats-pass")}@127.0.0.1:1`,
  });
  const calls = await callAll(service);
  assert.equal((await service.stop()).code, 0);

  const requests = service.lines.filter(({ message }) => message === "Request");
  assert.equal(requests.length, calls + 1);
  assert.ok(calls > 200, `${calls}`);
  // Each of these was about something planted.
  const messages = messagesOf(service.lines);
  for (
    const message of [
      "NATS cannot be reached; trying again",
      "profile_features has a name that no feature has: (not a word)",
      "An LLM's reply is of no use",
      "No tips were generated",
      "The LLM gateway answered with an error",
      "The LLM gateway's answer is no completion",
      "Request failed",
    ]
  ) assert.ok(messages.has(message), message);
  assert.ok(hasPlanted(prompt.text), "the LLM was shown the tasks");
});

natsTest("no log has a secret or what users wrote, whatever comes as events", async () => {
  await using folder = await tempFolder();
  await using server = await NatsServer.start();
  await using client = await NatsClient.open(server);
  await using service = await Service.start({
    ...SECRETS,
    STATE_DIR: `${folder.path}/state`,
    LOG_LEVEL: "trace",
    NATS_URL: server.url.replace("//", `//${planted("nats-user")}:${planted("nats-pass")}@`),
    NATS_MAX_DELIVER: "2",
  });
  await bound(client);
  const js = (await client.jsm()).jetstream();
  const headers = natsHeaders();
  headers.set("traceparent", planted("traceparent"));
  headers.set("tracestate", `a=${planted("tracestate")}`);
  const subject = "signals.task.synced";
  const events: [subject: string, payload: unknown][] = [
    [subject, { user_id: "ada", task_count: 1, tasks: TASKS }],
    [subject, { user_id: "ada", task_count: sentence("count") }],
    [subject, { user_id: "ada", task_count: 1, ts: sentence("time") }],
    [subject, sentence("no object")],
    [subject, { specversion: sentence("version"), type: "t", data: { note: sentence("data") } }],
    ["signals.tip.feedback", { user_id: "ada", tip_id: "t", action: sentence("action") }],
    ["signals.tip.feedback", { user_id: "ada", tip_id: "t", action: "done", note: sentence("n") }],
  ];
  for (const [subject, payload] of events) {
    await js.publish(subject, JSON.stringify(payload), { headers });
  }
  await js.publish(subject, `{"${planted("broken")}`, { headers });
  await client.settled("signals", SIGNALS);
  await server.kill();
  assert.equal((await service.stop()).code, 0);
  const invalid = service.lines.filter(({ message }) => message === "An event is not valid");
  assert.equal(invalid.length, 2 * 6);
  assert.ok(messagesOf(service.lines).has("Tip feedback"));
});

test("the harness finds what is planted, and fails", async () => {
  for (const before of ["", "a", "ab", "abc", "abcd"]) {
    assert.ok(hasPlanted(`x ${btoa(before + planted("kind"))}`), before);
    assert.ok(hasPlanted(before + planted("kind").toUpperCase()));
  }
  assert.ok(!hasPlanted("a plant; qzplanted"));
  // A folder may be logged: it is no secret.
  const STATE_DIR = await Deno.makeTempDir({ dir: "/tmp", suffix: planted("state") });
  await using _ = { [Symbol.asyncDispose]: () => Deno.remove(STATE_DIR, { recursive: true }) };
  await using service = await Service.start({ STATE_DIR });
  await assert.rejects(service.stop(), /The log held what is secret:\n.*STATE_DIR/);
});
