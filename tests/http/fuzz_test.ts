import assert from "node:assert/strict";
import fc from "fast-check";
import { type Call, FakeServices, sanitize, SUFFIXES } from "./fake_services.ts";
import { createApp } from "../../src/http/app.ts";

const services = new FakeServices();
const app = createApp(services);

const FEATURES = { hour_of_day: 9, is_overdue: true, task_age_days: 2.5, priority: 3 };
const PROFILE = { completion_rate_30d: 0.4, preferred_hour: 7, unknown: 1 };
const VALID = {
  score: {
    user_id: "u",
    candidates: [
      { id: "a", content: "c", source: "s", source_id: null, features: FEATURES },
      { id: "b", content: "c", source: "s" },
    ],
    context: { hour_of_day: 9, day_of_week: 2 },
    profile_features: PROFILE,
  },
  reward: {
    user_id: "u",
    tip_id: "a",
    reward: 0.5,
    features: FEATURES,
    day_of_week: 2,
    profile_features: PROFILE,
  },
  generate: {
    user_id: "u",
    context: {
      tasks: [{ id: "t", content: "c", priority: 2, due_at: "2026-01-02T03:04:05Z" }],
      hour_of_day: 9,
      day_of_week: 2,
      extra: { mood: ["calm"] },
    },
    n: 3,
    prompt_version: "v1",
    profile_features: PROFILE,
  },
};

/** What tends to be wrong: types, ends of ranges, and characters. */
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(-1, 0, 4, 5, 6, 7, 23, 24, 1.5, 1e21, -0, "", "12", "true", ".", ".."),
  fc.constantFrom<unknown>("\u0000", "\ud800", "x".repeat(257), null, undefined, [], {}, true),
  fc.string({ unit: "binary", maxLength: 5 }),
);

/** A valid body with the value at one of its places replaced, or with one more. */
function spoiled(body: unknown, turn: readonly number[], by: unknown): unknown {
  if (turn.length === 0 || typeof body !== "object" || body === null) return by;
  const keys = [...Object.keys(body), "__proto__"];
  const key = keys[turn[0]! % keys.length]!;
  const inner = spoiled(Reflect.get(body, key), turn.slice(1), by);
  if (Array.isArray(body)) return key === "__proto__" ? [...body, by] : body.with(+key, inner);
  return Object.defineProperty({ ...body }, key, { value: inner, enumerable: true });
}

const path = fc.oneof(
  fc.constantFrom(...SUFFIXES.flatMap((suffix) => [`/score${suffix}`, `/reward${suffix}`])),
  fc.constantFrom("/generate", "/generate?score=true", "/generate?score=yes"),
  fc.tuple(
    fc.constantFrom(
      "/reset",
      "/features",
      "/admin/users",
      ...SUFFIXES.map((suffix) => `/stats${suffix}`),
    ),
    fc.oneof(
      fc.string({ unit: "binary" }).map(encode),
      fc.webSegment(),
      fc.string({ maxLength: 4 }),
    ),
  ).map(([base, id]) => `${base}/${id}`),
  fc.tuple(
    fc.oneof(
      fc.string({ unit: "binary" }).map(encode),
      fc.constantFrom("signals.1", "signals.", "*.1", "a.b.1", "%73ignals.1", ">", "é.7"),
    ),
    fc.constantFrom("", "/replay"),
  ).map(([name, action]) => `/admin/dead-letters/${name}${action}`),
  fc.tuple(
    fc.constantFrom("limit", "after"),
    fc.constantFrom("", "1", "-1", "0", "1e3", "9".repeat(20)),
  )
    .map(([name, value]) => `/admin/dead-letters?${name}=${value}`),
  fc.constantFrom("/health", "/ready", "/prompts", "/profile/schema", "/openapi.json"),
  fc.webPath(),
);

function encode(id: string): string {
  return encodeURIComponent(id.toWellFormed());
}

const body = fc.oneof(
  fc.tuple(
    fc.constantFrom<unknown>(...Object.values(VALID)),
    fc.array(fc.nat(), { maxLength: 4 }),
    value,
  ).map(([body, turn, by]) => JSON.stringify(spoiled(body, turn, by)) ?? ""),
  fc.json(),
  fc.string(),
  fc.uint8Array({ maxLength: 64 }),
);

const request = fc.record({
  path,
  method: fc.oneof(
    { weight: 8, arbitrary: fc.constant("POST") },
    fc.constantFrom("GET", "PUT", "DELETE"),
  ),
  type: fc.oneof(
    { weight: 8, arbitrary: fc.constant("application/json") },
    fc.constantFrom("application/json; charset=latin1", "text/plain", ""),
  ),
  key: fc.option(fc.stringMatching(/^[\x20-\x7e]{0,5}$/), { nil: undefined }),
  body,
});

const between = (low: number, value: number, high: number) => value >= low && value <= high;
const isId = (id: string) => between(1, id.length, 256) && id.isWellFormed() && !/\p{Cc}/u.test(id);
const isUserId = (id: string) => isId(id) && id !== "." && id !== "..";
const isHour = (hour: number) => Number.isInteger(hour) && between(0, hour, 23);
const isDay = (day: number) => Number.isInteger(day) && between(0, day, 6);

function areFeatures(features: typeof FEATURES): boolean {
  const { hour_of_day, is_overdue, task_age_days, priority } = features;
  return isHour(hour_of_day) && typeof is_overdue === "boolean" &&
    Number.isFinite(task_age_days) && [1, 2, 3, 4].includes(priority);
}

/** Whether what reached the scorer is what the issue promises, told apart from the schemas. */
function isGood(call: Call): boolean {
  if (call.use === "score") {
    const { user_id, candidates, context } = call.request;
    return isUserId(user_id) && isHour(context.hour_of_day) && isDay(context.day_of_week) &&
      candidates.every(({ id, features }) => isId(id) && areFeatures(features));
  }
  if (call.use === "generate") {
    const { user_id, context, n } = call.request;
    return isUserId(user_id) && isHour(context.hour_of_day) && isDay(context.day_of_week) &&
      Number.isInteger(n) && between(1, n, 20) &&
      context.tasks.every(({ id }) => id === null || id === undefined || isId(id));
  }
  if (call.use === "promptStats") return true;
  if ("name" in call) return /^[^\s.*>]+\.\d+$/.test(call.name);
  if (call.use === "page") return between(1, call.limit, 1000) && call.after >= 0;
  if (call.use !== "reward") return isUserId(call.userId);
  const { request, key } = call;
  if (!isUserId(request.user_id) || !between(-1, request.reward, 1)) return false;
  if ("features" in request) {
    return isId(request.tip_id) && areFeatures(request.features) && isDay(request.day_of_week) &&
      (key === undefined || /^[!-~]+$/.test(key));
  }
  return typeof request.decision_id === "string" && key === undefined;
}

Deno.test(
  "no request, however malformed, breaks the service or reaches the scorer",
  sanitize,
  async () => {
    const seen = new Set<number>();
    await fc.assert(
      fc.asyncProperty(request, async ({ path, method, type, key, body }) => {
        services.calls.splice(0);
        const response = await app.request(
          new Request(`http://localhost${path}`, {
            method,
            headers: { "content-type": type, ...(key !== undefined && { "idempotency-key": key }) },
            ...(method !== "GET" &&
              { body: typeof body === "string" ? body : new Uint8Array(body) }),
          }),
        );
        const { status } = response;
        seen.add(status);
        assert(status < 500);
        assert.equal(response.headers.get("content-type")?.includes("json"), true);
        const answer = await response.json();
        if (status === 200) {
          assert(services.calls.every(isGood));
        } else {
          assert.deepEqual(Object.keys(answer), ["detail"]);
          // Nobody of that name is known: that was asked for, to the letter.
          const asked = services.calls.filter(({ use }) => use !== "stored" || status !== 404);
          assert.deepEqual(asked, []);
          assert(services.calls.every(isGood));
        }
      }),
      { numRuns: 5000 },
    );
    assert.deepEqual([...seen].sort(), [200, 404, 405, 415, 422]);
    assert.deepEqual(services.logged, []);
  },
);
