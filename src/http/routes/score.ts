import type { Policy } from "../../bandit/policies.ts";
import { MAX_CANDIDATES, ScoreRequest, ScoreResponse } from "../../contract/mod.ts";
import { bodyEndpoint } from "../endpoint.ts";
import { InvalidRequestError } from "../errors.ts";
import { PARSE } from "../problems.ts";
import { reportUnknownNames } from "./profile.ts";
import type { Services } from "../services.ts";

/** Looks at no candidate of a list that is too long: a body can hold half a million. */
function parseScore(body: unknown) {
  if (
    typeof body === "object" && body !== null && "candidates" in body &&
    Array.isArray(body.candidates) && body.candidates.length > MAX_CANDIDATES
  ) {
    const msg = `Input should have at most ${MAX_CANDIDATES} items`;
    throw new InvalidRequestError([{ loc: ["body", "candidates"], msg, type: "too_long" }]);
  }
  return ScoreRequest.safeParse(body, PARSE);
}

/** POST /score…: the tip a policy picks. */
export function score(services: Services, policy: Policy) {
  return bodyEndpoint(
    {
      tag: "score",
      summary: `Pick a tip by ${policy.name}`,
      body: ScoreRequest,
      answer: ScoreResponse,
      writes: true,
      errors: [400, 413, 415, 422, 503],
    },
    parseScore,
    (request) => {
      reportUnknownNames(request.profile_features, services);
      return services.scorer.score(policy, request);
    },
  );
}
