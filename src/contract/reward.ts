import { z } from "zod";
import { Id, UserId } from "./ids.ts";
import { ProfileFeatures } from "./profile.ts";
import { CandidateFeatures, Day } from "./score.ts";

const Reward = z.number().min(-1).max(1).describe(
  "1 done, 0.5 helpful, 0 snooze, -0.5 not helpful, -1 dismiss; any number between is valid",
);

/** A reward of a decision: its `decision_id` alone says what is rewarded, and counts once. */
export const RewardOfDecision = z.object({
  user_id: UserId,
  decision_id: z.string().max(256),
  reward: Reward,
  tip_id: z.string().nullish().describe("Optional; a tip other than the decision's is refused"),
}).meta({ id: "RewardOfDecision" });
/** A reward of a decision. */
export type RewardOfDecision = z.infer<typeof RewardOfDecision>;

/** A reward of features, as the Python service took it. */
export const RewardOfFeatures = z.object({
  user_id: UserId,
  tip_id: Id,
  reward: Reward,
  features: CandidateFeatures,
  day_of_week: Day.default(0),
  decision_id: z.null().optional(),
}).meta({ id: "RewardOfFeatures" });
/** A reward of features. */
export type RewardOfFeatures = z.infer<typeof RewardOfFeatures>;

/** A reward of features for a policy that reads the profile. */
export const RewardOfFeaturesV2 = RewardOfFeatures.extend({
  profile_features: ProfileFeatures.nullish(),
}).meta({ id: "RewardOfFeaturesV2" });
/** A reward of features for a policy that reads the profile. */
export type RewardOfFeaturesV2 = z.infer<typeof RewardOfFeaturesV2>;

/** The body of POST /reward and /reward/egreedy. */
export const RewardRequest = z.union([RewardOfDecision, RewardOfFeatures])
  .meta({ id: "RewardRequest" });
/** The body of POST /reward/egreedy/v2. */
export const RewardRequestV2 = z.union([RewardOfDecision, RewardOfFeaturesV2])
  .meta({ id: "RewardRequestV2" });
/** The body of any POST /reward path, as parsed. */
export type RewardRequest = RewardOfDecision | RewardOfFeaturesV2;

/** The identity of a reward without a decision: 1 to 256 visible ASCII characters. */
export const IdempotencyKey = z.string().regex(
  /^[\x21-\x7e]{1,256}$/,
  "must be 1 to 256 visible ASCII characters",
);

/** The answer to a reward: it is durable, and was counted now or (`duplicate`) before. */
export const RewardResponse = z.object({
  ok: z.literal(true),
  duplicate: z.boolean(),
}).meta({ id: "RewardResponse" });
/** The answer to a reward. */
export type RewardResponse = z.infer<typeof RewardResponse>;
