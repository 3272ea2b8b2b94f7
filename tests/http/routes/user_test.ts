import assert from "node:assert/strict";
import { POLICIES } from "../../../src/bandit/policies.ts";
import { fakeApp, problems, sanitize } from "../fake_services.ts";

const IDS = [
  "a/b",
  "/",
  "a%2Fb",
  "100%",
  "%zz",
  "%25",
  "\u00e9",
  "e\u0301",
  "東京",
  "...",
  ".a",
  "~",
  " ",
  " a ",
  "a+b c",
  "?q=1#f",
  "\\",
  "egreedy",
  "egreedy/v2",
  "egreedy/v2/x",
  "v2",
  ":user_id",
  "{user_id}",
  "__proto__",
  "constructor",
  "\ufeff",
  "\ufffd",
  "\u2028",
  "😀".repeat(128),
  "x".repeat(256),
];

const PATHS = ["/features", ...POLICIES.map(({ path }) => `/stats${path}`)];

Deno.test("a user id of any characters reaches the scorer exactly", sanitize, async () => {
  const { app, services } = fakeApp();
  for (const id of IDS) {
    for (const path of PATHS) {
      const response = await app.request(`${path}/${encodeURIComponent(id)}`);
      assert.equal(response.status, 200, id);
      assert.equal((await response.json()).user_id, id);
    }
    await app.request(`/reset/${encodeURIComponent(id)}`, { method: "POST" });
    const asked = services.calls.splice(0).map((call) => "userId" in call ? call.userId : "");
    assert.deepEqual(asked, Array(PATHS.length + 1).fill(id));
  }
});

Deno.test("a path is read as it was sent, query and fragment apart", sanitize, async () => {
  const { app, services } = fakeApp();
  for (const path of ["/stats/a%2fb", "/stats/a%2Fb?x=/y", "/stats/%61%2Fb#/z"]) {
    await app.request(path);
    assert.deepEqual(services.calls.pop(), { use: "stats", policy: "linucb-v1", userId: "a/b" });
  }
});

Deno.test(
  "what the paths of policies look like is still a user id of linucb-v1",
  sanitize,
  async () => {
    const { app, services } = fakeApp();
    await app.request("/stats/egreedy");
    assert.deepEqual(services.calls.pop(), {
      use: "stats",
      policy: "linucb-v1",
      userId: "egreedy",
    });
    await app.request("/stats/egreedy/v2");
    assert.deepEqual(services.calls.pop(), { use: "stats", policy: "egreedy-v1", userId: "v2" });
  },
);

Deno.test("a user id that is not valid is a 422 that names it", sanitize, async () => {
  const { app, services } = fakeApp();
  const cases = {
    "%zz": "url_encoding",
    "%": "url_encoding",
    "%ff": "url_encoding",
    "%C3": "url_encoding",
    "%ED%A0%80": "url_encoding", // a lone surrogate
    "a%00b": "string_pattern_mismatch",
    "%7F": "string_pattern_mismatch",
    "%C2%85": "string_pattern_mismatch",
    ["x".repeat(257)]: "string_too_long",
    [encodeURIComponent("😀".repeat(129))]: "string_too_long",
  };
  for (const [id, type] of Object.entries(cases)) {
    for (const path of PATHS) {
      const response = await app.request(`${path}/${id}`);
      assert.equal(response.status, 422, `${path}/${id}`);
      assert.deepEqual(await problems(response), [`path.user_id ${type}`]);
    }
    assert.equal((await app.request(`/reset/${id}`, { method: "POST" })).status, 422);
  }
  assert.deepEqual(services.calls, []);
});

Deno.test("stats have the fields the Python service gave each policy", sanitize, async () => {
  const { app } = fakeApp();
  assert.deepEqual(await (await app.request("/stats/u")).json(), {
    user_id: "u",
    pulls: 3,
    reward_count: 2,
    cumulative_reward: 1,
    estimated_mean_reward: 0.5,
    theta: [0],
    last_updated: null,
  });
  assert.deepEqual(await (await app.request("/stats/egreedy/v2/u")).json(), {
    user_id: "u",
    policy: "egreedy-v2",
    pulls: 3,
    reward_count: 2,
    cumulative_reward: 1,
    estimated_mean_reward: 0.5,
    exploration_rate: 0.25,
    theta: [0],
    feature_labels: ["hour_sin"],
    last_updated: null,
  });
});

Deno.test("a reset needs neither body nor content type, and reads none", sanitize, async () => {
  const { app, services } = fakeApp();
  for (const body of [null, "{", "x".repeat(2_000_000)]) {
    const response = await app.request("/reset/u", { method: "POST", body });
    assert.deepEqual(await response.json(), { ok: true });
  }
  assert.equal(services.calls.length, 3);
});
