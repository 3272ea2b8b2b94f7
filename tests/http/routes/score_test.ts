import assert from "node:assert/strict";
import { NoCandidatesError } from "../../../src/bandit/errors.ts";
import { POLICIES } from "../../../src/bandit/policies.ts";
import { fakeApp, post, problems, sanitize, SCORE } from "../fake_services.ts";

Deno.test("each score path asks its policy, with the defaults filled in", sanitize, async () => {
  for (const { path, name } of POLICIES) {
    const { app, services } = fakeApp();
    const response = await app.request(`/score${path}`, post(SCORE));
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-type"), "application/json");
    assert.deepEqual(await response.json(), {
      tip_id: "t",
      score: 0.5,
      policy: name,
      decision_id: "d",
      propensity: 1,
    });
    assert.deepEqual(services.calls, [{
      use: "score",
      policy: name,
      request: {
        user_id: "u",
        candidates: [{
          id: "t",
          content: "c",
          source: "s",
          features: { hour_of_day: 12, is_overdue: false, task_age_days: 0, priority: 1 },
        }],
        context: { hour_of_day: 12, day_of_week: 0 },
      },
    }]);
  }
});

Deno.test("a score without candidates says so in a sentence", sanitize, async () => {
  const { app, services } = fakeApp();
  services.failure = new NoCandidatesError("No candidates");
  const response = await app.request("/score", post({ user_id: "u", candidates: [] }));
  assert.equal(response.status, 422);
  assert.deepEqual(await response.json(), { detail: "No candidates" });
});

Deno.test("every problem is named by its place and pydantic's type", sanitize, async () => {
  const { app, services } = fakeApp();
  const response = await app.request(
    "/score/egreedy",
    post({
      user_id: 7,
      candidates: [
        {
          id: "",
          content: null,
          source: "s".repeat(257),
          features: { hour_of_day: "12", is_overdue: 1, task_age_days: "1", priority: 1.5 },
        },
        { id: "a\u0007", content: "c", source: "s", features: [] },
        "a candidate",
      ],
      context: { hour_of_day: 24, day_of_week: -1 },
      profile_features: { preferred_hour: "7", mean_reward_30d: null },
    }),
  );
  assert.equal(response.status, 422);
  assert.deepEqual(await problems(response), [
    "body.user_id string_type",
    "body.candidates.0.id string_too_short",
    "body.candidates.0.content string_type",
    "body.candidates.0.source string_too_long",
    "body.candidates.0.features.hour_of_day int_type",
    "body.candidates.0.features.is_overdue bool_type",
    "body.candidates.0.features.task_age_days float_type",
    "body.candidates.0.features.priority int_from_float",
    "body.candidates.1.id string_pattern_mismatch",
    "body.candidates.1.features model_attributes_type",
    "body.candidates.2 model_attributes_type",
    "body.context.hour_of_day less_than_equal",
    "body.context.day_of_week greater_than_equal",
    "body.profile_features.preferred_hour float_type",
  ]);
  assert.deepEqual(services.calls, []);
});

Deno.test("a problem reads like this", sanitize, async () => {
  const { app } = fakeApp();
  const response = await app.request("/score", post({ user_id: "u" }));
  assert.deepEqual(await response.json(), {
    detail: [{ loc: ["body", "candidates"], msg: "Field required", type: "missing" }],
  });
});

Deno.test("numbers too large for JSON's readers are refused", sanitize, async () => {
  const { app } = fakeApp();
  const features = `{"task_age_days": 1e999, "priority": 1e30}`;
  const response = await app.request(
    "/score",
    post(
      `{"user_id":"u","candidates":[{"id":"t","content":"c","source":"s","features":${features}}]}`,
    ),
  );
  assert.deepEqual((await problems(response)).slice(0, 2), [
    "body.candidates.0.features.task_age_days finite_number",
    "body.candidates.0.features.priority less_than_equal",
  ]);
});

Deno.test(
  "1,000 candidates are the most, and too many are refused as a whole",
  sanitize,
  async () => {
    const candidates = (n: number, each: unknown) =>
      post({ user_id: "u", candidates: Array(n).fill(each) });
    const { app, services } = fakeApp();
    const [candidate] = SCORE.candidates;
    assert.equal((await app.request("/score", candidates(1000, candidate))).status, 200);
    for (const each of [candidate, 0]) {
      const response = await app.request("/score", candidates(1001, each));
      assert.deepEqual(await problems(response), ["body.candidates too_long"]);
    }
    assert.equal(services.calls.length, 1);
  },
);

Deno.test("an answer lists at most a hundred problems", sanitize, async () => {
  const { app } = fakeApp();
  const response = await app.request(
    "/score",
    post({ user_id: "u", candidates: Array(99).fill({}) }),
  );
  assert.equal((await problems(response)).length, 100);
});

Deno.test("names the registry lacks are reported, and the request goes on", sanitize, async () => {
  const { app, services } = fakeApp();
  const profile_features = JSON.parse(
    `{"preferred_hour": 7.5, "shoe_size": 42, "__proto__": 1, "constructor": null}`,
  );
  const response = await app.request("/score", post({ ...SCORE, profile_features }));
  assert.equal(response.status, 200);
  assert.deepEqual(services.unknownNames.toSorted(), ["constructor", "shoe_size"]);
  assert.equal(
    (await app.request("/score", post({ ...SCORE, profile_features: null }))).status,
    200,
  );
  assert.equal(services.unknownNames.length, 2);
});
