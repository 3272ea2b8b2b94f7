import assert from "node:assert/strict";
import { OkResponse, ScoreRequest, ScoreResponse } from "../../src/contract/mod.ts";
import { bodyEndpoint, endpoint, userEndpoint } from "../../src/http/endpoint.ts";
import { sanitize } from "./fake_services.ts";

const described = { tag: "t", summary: "s", errors: [] } as const;

Deno.test("an endpoint that answers something else does not compile", sanitize, () => {
  const ok = { ...described, answer: OkResponse };
  const score = { ...described, body: ScoreRequest, answer: ScoreResponse };
  const made = [
    // @ts-expect-error `ok` is missing
    endpoint(ok, () => ({})),
    // @ts-expect-error `ok` is true
    userEndpoint(ok, () => Promise.resolve({ ok: false })),
    bodyEndpoint(
      score,
      (body) => ScoreRequest.safeParse(body),
      // @ts-expect-error a field is missing, another has the wrong type
      () => Promise.resolve({ tip_id: 1, score: 0.5, policy: "p", propensity: 1 }),
    ),
  ];
  assert.equal(made.length, 3);
});
