import assert from "node:assert/strict";
import { PROFILE } from "../../src/bandit/features.ts";
import { POLICIES } from "../../src/bandit/policies.ts";
import { RewardRequest, RewardRequestV2 } from "../../src/contract/mod.ts";
import type { Operation } from "../../src/http/endpoint.ts";
import { fakeApp, sanitize } from "./fake_services.ts";

const { app } = fakeApp();
const routes = app.routes.map(({ method, path }) => `${method} ${path}`);

Deno.test(
  "each policy has its score, reward and stats path, and there are no more",
  sanitize,
  () => {
    const expected = POLICIES.flatMap(({ path }) => [
      `POST /score${path}`,
      `POST /reward${path}`,
      `GET /stats${path}/:user_id`,
    ]);
    const found = routes.filter((route) => / \/(score|reward|stats)\b/.test(route));
    assert.deepEqual(found.toSorted(), expected.toSorted());
  },
);

Deno.test("a route has one handler", sanitize, () => {
  assert.equal(new Set(routes).size, routes.length);
});

Deno.test("rewards take the profile where the policy reads it", sanitize, () => {
  for (const { path, features } of POLICIES) {
    const route = app.routes.find((route) => route.path === `/reward${path}`);
    assert(route && "operation" in route.handler);
    const { body } = route.handler.operation as Operation;
    assert.equal(body, features.includes(PROFILE) ? RewardRequestV2 : RewardRequest);
  }
});
