import assert from "node:assert/strict";
import * as banditErrors from "../../src/bandit/errors.ts";
import * as eventErrors from "../../src/events/errors.ts";
import { ANSWERED_ERRORS } from "../../src/http/error_answers.ts";
import * as llmErrors from "../../src/llm/errors.ts";
import * as storeErrors from "../../src/store/errors.ts";
import { fakeApp, post, sanitize, SCORE } from "./fake_services.ts";

type Thrown = (typeof ANSWERED_ERRORS)[number];

const SECRET = "postgres://admin:hunter2@/var/lib/state";
const {
  DecisionGoneError,
  DecisionMismatchError,
  IdempotencyKeyReusedError,
  NoCandidatesError,
  OverloadedError,
  UnknownDecisionError,
} = banditErrors;
const { ConflictError, NewerRecordError, StoreUnavailableError } = storeErrors;

Deno.test("each error has its status, its sentence and its headers", sanitize, async () => {
  const cases: [error: Error, status: number, detail: string, retryAfter: string | null][] = [
    [new NoCandidatesError(SECRET), 422, "No candidates", null],
    [new UnknownDecisionError("No such decision"), 404, "No such decision", null],
    [new DecisionGoneError("Too old"), 410, "Too old", null],
    [new DecisionMismatchError("Use /reward"), 422, "Use /reward", null],
    [new IdempotencyKeyReusedError("Another body"), 422, "Another body", null],
    [new ConflictError(SECRET), 503, "The user was changed at the same time; try again", "1"],
    [new StoreUnavailableError(SECRET), 503, "The store is not available; try again", "1"],
    [new OverloadedError(), 503, "Too many calls wait for the store; try again", "1"],
    [
      new eventErrors.EventsUnavailableError(SECRET),
      503,
      "NATS is not available; try again",
      "1",
    ],
    [new eventErrors.UnknownDeadLetterError("No letter"), 404, "No letter", null],
    [new NewerRecordError(SECRET, 2, 1), 503, "The record was written by a newer version", null],
    [new Error(SECRET), 500, "Internal Server Error", null],
    [new TypeError(SECRET), 500, "Internal Server Error", null],
  ];
  for (const [error, status, detail, retryAfter] of cases) {
    const { app, services } = fakeApp();
    services.failure = error;
    for (
      const response of [
        await app.request("/score", post(SCORE)),
        await app.request("/stats/u"),
        await app.request("/reset/u", { method: "POST" }),
      ]
    ) {
      assert.equal(response.status, status, error.name);
      assert.deepEqual(await response.json(), { detail });
      assert.equal(response.headers.get("retry-after"), retryAfter);
      assert(response.headers.has("x-request-id"));
    }
    const level = status === 500 ? "error" : "warn";
    const routes = status < 500 || error instanceof OverloadedError
      ? []
      : ["/score", "/stats/:user_id", "/reset/:user_id"];
    assert.deepEqual(services.logged.map((line) => [line.level, line.properties?.["route"]]), [
      ...routes.map((route) => [level, route]),
    ]);
    assert(services.logged.every((line) => line.properties?.["error"] === error));
  }
});

Deno.test("what failed at the gateway names the request", sanitize, async () => {
  const { GatewayError, GatewayUnreachableError, InvalidReplyError } = llmErrors;
  const cases: [error: Error, status: number, detail: string, retryAfter: string | null][] = [
    [new GatewayError("status 401"), 502, "LiteLLM error: status 401", null],
    [new GatewayUnreachableError("timeout", 7), 503, "LiteLLM unreachable: timeout", "7"],
    [
      new InvalidReplyError("not JSON", 3),
      502,
      "LLM returned invalid JSON after 2 retries: not JSON",
      null,
    ],
  ];
  for (const [error, status, detail, retryAfter] of cases) {
    const { app, services } = fakeApp();
    services.failure = error;
    const response = await app.request("/generate", post({ user_id: "u" }));
    const id = response.headers.get("x-request-id");
    assert.equal(response.status, status);
    assert.deepEqual(await response.json(), { detail: `${detail} (request ${id})` });
    assert.equal(response.headers.get("retry-after"), retryAfter);
    assert.deepEqual(services.logged.map(({ level }) => level), ["warn"]);
  }
});

Deno.test("a prompt version that nobody knows is told with the known ones", sanitize, async () => {
  const { app, services } = fakeApp();
  services.failure = new llmErrors.UnknownPromptVersionError("v9", ["v1", "v2"]);
  const response = await app.request("/generate", post({ user_id: "u" }));
  assert.equal(response.status, 422);
  assert.deepEqual(await response.json(), {
    detail: "Unknown prompt_version: v9 (known: v1, v2)",
  });
});

Deno.test("the table has every error a request can meet", sanitize, () => {
  const modules = [banditErrors, eventErrors, storeErrors, llmErrors];
  const classes = modules.flatMap(Object.values<Thrown>);
  const missing = classes.filter((type) => !ANSWERED_ERRORS.includes(type)).map(({ name }) => name);
  // It is thrown while the store is opened: before there are requests.
  assert.deepEqual(missing, ["DatabaseFileError", "StoreOpenError"]);
});

Deno.test("an unknown path is a 404 for any method", sanitize, async () => {
  const { app } = fakeApp();
  const paths = ["/", "/nope", "/score/", "/score/x", "/stats", "/stats/", "/stats/a/b", "/docs/x"];
  for (const path of [...paths, "/stats/egreedy/v2/x/y", "/__proto__", "//score", "/%73core"]) {
    for (const method of ["GET", "POST", "DELETE", "PUT", "OPTIONS", "BREW"]) {
      const response = await app.request(`http://localhost${path}`, { method });
      assert.equal(response.status, 404, `${method} ${path}`);
      assert.deepEqual(await response.json(), { detail: "Not Found" });
    }
  }
});

Deno.test("another method is a 405 that names the right ones", sanitize, async () => {
  const { app, services } = fakeApp();
  const cases: [method: string, path: string, allow: string][] = [
    ["GET", "/score", "POST"],
    ["HEAD", "/score", "POST"],
    ["PUT", "/reward/egreedy/v2", "POST"],
    ["OPTIONS", "/reset/u", "POST"],
    ["POST", "/stats/u", "GET, HEAD"],
    ["DELETE", "/features/u", "GET, HEAD"],
    ["PUT", "/admin/users/u", "GET, HEAD, DELETE"],
    ["PUT", "/admin/dead-letters/signals.1", "GET, HEAD, DELETE"],
    ["DELETE", "/admin/dead-letters/signals.1/replay", "POST"],
    ["PATCH", "/health", "GET, HEAD"],
    ["BREW", "/docs", "GET, HEAD"],
  ];
  for (const [method, path, allow] of cases) {
    const response = await app.request(path, { method });
    assert.equal(response.status, 405, `${method} ${path}`);
    assert.equal(response.headers.get("allow"), allow);
    if (method === "HEAD") assert.equal(await response.text(), "");
    else assert.deepEqual(await response.json(), { detail: "Method Not Allowed" });
  }
  assert.deepEqual(services.calls, []);
});

Deno.test("HEAD answers what GET answers, without a body", sanitize, async () => {
  const { app } = fakeApp();
  const paths = ["/health", "/ready", "/stats/u", "/features/u", "/openapi.json", "/docs"];
  for (const path of paths) {
    const response = await app.request(path, { method: "HEAD" });
    assert.equal(response.status, 200);
    assert.equal(await response.text(), "");
    const { headers } = await app.request(path);
    assert.equal(response.headers.get("content-type"), headers.get("content-type"));
  }
});
