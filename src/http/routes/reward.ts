import type { z } from "zod";
import type { Policy } from "../../bandit/policies.ts";
import {
  IdempotencyKey,
  RewardOfDecision,
  RewardOfFeatures,
  RewardOfFeaturesV2,
  RewardRequest,
  RewardRequestV2,
  RewardResponse,
} from "../../contract/mod.ts";
import { bodyEndpoint, type Parse } from "../endpoint.ts";
import { InvalidRequestError } from "../errors.ts";
import { PARSE, problemsOf } from "../problems.ts";
import { reportUnknownNames } from "./profile.ts";
import type { Services } from "../services.ts";

const describe = (policy: Policy) => ({
  tag: "reward",
  summary: `Reward a tip of ${policy.name}`,
  description: "With a decision_id, or else an Idempotency-Key, it counts once however often it " +
    "is sent. Without either, each request counts.",
  headers: [{
    name: "Idempotency-Key",
    schema: IdempotencyKey,
    description: "Names this reward of this user and policy; ignored with a decision_id",
  }],
  answer: RewardResponse,
  writes: true,
  errors: [400, 404, 410, 413, 415, 422, 503],
} as const);

/** Parses by the branch that the body means, so that its problems are those of that branch. */
function byBranch<T extends RewardRequest>(ofFeatures: z.ZodType<T>): Parse<RewardOfDecision | T> {
  return (body) =>
    namesDecision(body)
      ? RewardOfDecision.safeParse(body, PARSE)
      : ofFeatures.safeParse(body, PARSE);
}

function namesDecision(body: unknown): boolean {
  return typeof body === "object" && body !== null && "decision_id" in body &&
    body.decision_id !== null;
}

/** The key of a reward; with a decision_id it is not even looked at. */
function keyOf({ decision_id }: RewardRequest, headers: Headers): string | undefined {
  const key = headers.get("idempotency-key");
  if (key === null || typeof decision_id === "string") return undefined;
  const parsed = IdempotencyKey.safeParse(key, PARSE);
  if (parsed.success) return parsed.data;
  throw new InvalidRequestError(problemsOf(parsed.error, ["header", "Idempotency-Key"]));
}

/** POST /reward and /reward/egreedy: the profile is neither read nor checked. */
export function reward({ scorer }: Services, policy: Policy) {
  return bodyEndpoint(
    { ...describe(policy), body: RewardRequest },
    byBranch(RewardOfFeatures),
    (request, c) => scorer.reward(policy, request, keyOf(request, c.req.raw.headers)),
  );
}

/** POST /reward/egreedy/v2: its policy reads the profile. */
export function rewardV2(services: Services, policy: Policy) {
  return bodyEndpoint(
    { ...describe(policy), body: RewardRequestV2 },
    byBranch(RewardOfFeaturesV2),
    (request, c) => {
      const key = keyOf(request, c.req.raw.headers);
      if ("profile_features" in request) {
        reportUnknownNames(request.profile_features, services);
      }
      return services.scorer.reward(policy, request, key);
    },
  );
}
