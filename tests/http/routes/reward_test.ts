import assert from "node:assert/strict";
import { POLICIES } from "../../../src/bandit/policies.ts";
import { fakeApp, post, problems, REWARD, sanitize, SUFFIXES } from "../fake_services.ts";

const FEATURES = { hour_of_day: 12, is_overdue: false, task_age_days: 0, priority: 1 };

Deno.test("each reward path asks its policy, with the defaults filled in", sanitize, async () => {
  for (const { path, name } of POLICIES) {
    const { app, services } = fakeApp();
    const response = await app.request(`/reward${path}`, post(REWARD));
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), { ok: true, duplicate: false });
    assert.deepEqual(services.calls, [{
      use: "reward",
      policy: name,
      request: { ...REWARD, features: FEATURES, day_of_week: 0 },
      key: undefined,
    }]);
  }
});

Deno.test(
  "a decision_id says alone what is rewarded: the rest is not even read",
  sanitize,
  async () => {
    for (const path of SUFFIXES) {
      const { app, services } = fakeApp();
      const response = await app.request(
        `/reward${path}`,
        post({
          user_id: "u",
          decision_id: "d1",
          reward: -0.5,
          features: "not features",
          day_of_week: 99,
          profile_features: 5,
        }, { "idempotency-key": "not a valid key" }),
      );
      assert.equal(response.status, 200);
      const [call] = services.calls;
      assert(call?.use === "reward");
      assert.deepEqual(call.request, { user_id: "u", decision_id: "d1", reward: -0.5 });
      assert.equal(call.key, undefined);
      assert.deepEqual(services.unknownNames, []);
    }
  },
);

Deno.test("problems are those of the branch that the body means", sanitize, async () => {
  const { app, services } = fakeApp();
  const cases: [body: unknown, expected: string[]][] = [
    [{ user_id: "u", decision_id: "d", reward: 2, tip_id: 4 }, [
      "body.reward less_than_equal",
      "body.tip_id string_type",
    ]],
    [{ user_id: "u", decision_id: 5, reward: 1 }, ["body.decision_id string_type"]],
    [{ user_id: "u", decision_id: "d".repeat(257), reward: 1 }, [
      "body.decision_id string_too_long",
    ]],
    [{ user_id: "u", decision_id: null, reward: -1.5 }, [
      "body.tip_id missing",
      "body.reward greater_than_equal",
      "body.features missing",
    ]],
    [{}, [
      "body.user_id missing",
      "body.tip_id missing",
      "body.reward missing",
      "body.features missing",
    ]],
    [[], ["body model_attributes_type"]],
    [{ ...REWARD, features: { priority: 5 }, day_of_week: 7 }, [
      "body.features.priority less_than_equal",
      "body.day_of_week less_than_equal",
    ]],
  ];
  for (const [body, expected] of cases) {
    const response = await app.request("/reward", post(body));
    assert.equal(response.status, 422);
    assert.deepEqual((await problems(response)).toSorted(), expected.toSorted());
  }
  assert.deepEqual(services.calls, []);
});

Deno.test(
  "the profile is read by the policies that use it, and by no other",
  sanitize,
  async () => {
    for (const { path, name } of POLICIES) {
      const { app, services } = fakeApp();
      const reward = (profile_features: unknown) =>
        app.request(`/reward${path}`, post({ ...REWARD, profile_features }));
      const reads = name === "egreedy-v2";
      assert.equal((await reward(3)).status, reads ? 422 : 200);
      assert.equal((await reward({ shoe_size: 42 })).status, 200);
      assert.deepEqual(services.unknownNames, reads ? ["shoe_size"] : []);
    }
  },
);

Deno.test("an Idempotency-Key is handed on as it is", sanitize, async () => {
  for (const key of ["k", "!~", "x".repeat(256)]) {
    const { app, services } = fakeApp();
    const response = await app.request("/reward", post(REWARD, { "idempotency-key": key }));
    assert.equal(response.status, 200);
    assert(services.calls[0]?.use === "reward");
    assert.equal(services.calls[0].key, key);
  }
});

Deno.test("an Idempotency-Key is 1 to 256 visible ASCII characters", sanitize, async () => {
  const { app, services } = fakeApp();
  for (const key of ["", "a b", "caf\u00e9", "x".repeat(257)]) {
    const response = await app.request("/reward", post(REWARD, { "idempotency-key": key }));
    assert.equal(response.status, 422);
    assert.deepEqual(await problems(response), ["header.Idempotency-Key string_pattern_mismatch"]);
  }
  const twice = new Request("http://localhost/reward", post(REWARD));
  twice.headers.append("idempotency-key", "a");
  twice.headers.append("idempotency-key", "b");
  assert.equal((await app.request(twice)).status, 422);
  assert.deepEqual(services.calls, []);
});
