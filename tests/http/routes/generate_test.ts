import assert from "node:assert/strict";
import { fakeApp, post, problems, sanitize } from "../fake_services.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

Deno.test("the smallest request gets the documented defaults", sanitize, async () => {
  const { app, services } = fakeApp();
  const response = await app.request("/generate", post({ user_id: "u" }));
  assert.equal(response.status, 200);
  assert.deepEqual(services.calls, [{
    use: "generate",
    request: {
      user_id: "u",
      context: { tasks: [], hour_of_day: 12, day_of_week: 0, extra: {} },
      n: 3,
    },
    score: false,
  }]);
});

Deno.test(
  "?score=true asks for a decision; nothing but true and false is taken",
  sanitize,
  async () => {
    const { app, services } = fakeApp();
    for (const [query, score] of [["?score=true", true], ["?score=false", false], ["", false]]) {
      services.calls.splice(0);
      await app.request(`/generate${query}`, post({ user_id: "u" }));
      assert.deepEqual(services.calls.map((call) => call.use === "generate" && call.score), [
        score,
      ]);
    }
    const response = await app.request("/generate?score=1", post({ user_id: "u" }));
    assert.equal(response.status, 422);
    assert.deepEqual(await problems(response), ["query.score bool_parsing"]);
  },
);

Deno.test("what is out of range or of a wrong type is named", sanitize, async () => {
  const { app, services } = fakeApp();
  const cases: [body: object, problem: string][] = [
    [{ n: 0 }, "body.n greater_than_equal"],
    [{ n: 21 }, "body.n less_than_equal"],
    [{ n: "3" }, "body.n int_type"],
    [{ context: { hour_of_day: 24 } }, "body.context.hour_of_day less_than_equal"],
    [{ context: { tasks: [{ priority: 5 }] } }, "body.context.tasks.0.priority less_than_equal"],
    [{ context: { tasks: ["x"] } }, "body.context.tasks.0 model_attributes_type"],
    [
      { context: { tasks: [{ due_at: "2026-01-02T03:04:05" }] } },
      "body.context.tasks.0.due_at string_pattern_mismatch",
    ],
    [
      { profile_features: { preferred_hour: "x" } },
      "body.profile_features.preferred_hour float_type",
    ],
  ];
  for (const [body, problem] of cases) {
    const response = await app.request("/generate", post({ user_id: "u", ...body }));
    assert.equal(response.status, 422, problem);
    const [first] = await problems(response);
    assert.equal(first, problem);
  }
  assert.deepEqual(services.calls, []);
});

Deno.test(
  "the gateway is called in the caller's trace, by a span of our own",
  sanitize,
  async () => {
    const { app, services } = fakeApp();
    const traceparent = `00-${TRACE}-00f067aa0ba902b7-01`;
    await app.request("/generate", post({ user_id: "u" }, { traceparent }));
    const passed = services.generateOptions?.traceparent;
    assert.match(passed!, new RegExp(`^00-${TRACE}-(?!0{16})[0-9a-f]{16}-01$`));
    assert.notEqual(passed, traceparent);
  },
);

Deno.test("names of the profile that the registry lacks are reported", sanitize, async () => {
  const { app, services } = fakeApp();
  await app.request("/generate", post({ user_id: "u", profile_features: { mood: 1 } }));
  assert.deepEqual(services.unknownNames, ["mood"]);
});
