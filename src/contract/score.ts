import { z } from "zod";
import { Id, UserId } from "./ids.ts";
import { ProfileFeatures } from "./profile.ts";

/** The most candidates of one request. */
export const MAX_CANDIDATES = 1000;

/** Hour of the user's day, 0 to 23. */
export const Hour = z.int().min(0).max(23);
/** Day of the week, 0 (Monday) to 6. */
export const Day = z.int().min(0).max(6);

/** The name of a prompt version, like `v2-mentor`. */
export const PromptVersion = z.string().regex(/^[\w.-]{1,64}$/);
/** Names one answer of POST /generate; opaque. */
export const GenerationId = z.string().regex(/^[\w-]{1,256}$/);

/** What is known of a candidate's task. */
export const CandidateFeatures = z.object({
  hour_of_day: Hour.default(12).describe("Read by rewards; a score takes the hour of its context"),
  is_overdue: z.boolean().default(false),
  task_age_days: z.number().default(0).describe("Clipped to [0, 30]"),
  priority: z.int().min(1).max(4).default(1),
}).meta({ id: "CandidateFeatures" });
/** What is known of a candidate's task. */
export type CandidateFeatures = z.infer<typeof CandidateFeatures>;

/** A tip that may be shown. */
export const Candidate = z.object({
  id: Id,
  content: z.string(),
  source: z.string().max(256),
  source_id: z.string().max(256).nullish(),
  features: CandidateFeatures.prefault({}),
  generation_id: GenerationId.nullish().describe("Of the POST /generate that wrote the tip"),
  prompt_version: PromptVersion.nullish().describe("That the tip was written by"),
}).meta({ id: "Candidate" });
/** A tip that may be shown. */
export type Candidate = z.infer<typeof Candidate>;

/** When the tip would be shown. */
export const Context = z.object({
  hour_of_day: Hour.default(12),
  day_of_week: Day.default(0),
}).meta({ id: "Context" });
/** When the tip would be shown. */
export type Context = z.infer<typeof Context>;

/**
 * The body of every POST /score path. An empty list of candidates is refused by the scorer, with a
 * sentence of its own: the schema only describes it.
 */
export const ScoreRequest = z.object({
  user_id: UserId,
  candidates: z.array(Candidate).max(MAX_CANDIDATES).meta({ minItems: 1 }),
  context: Context.prefault({}),
  profile_features: ProfileFeatures.nullish(),
}).meta({ id: "ScoreRequest" });
/** The body of every POST /score path, as parsed. */
export type ScoreRequest = z.infer<typeof ScoreRequest>;

/** The tip to show. */
export const ScoreResponse = z.object({
  tip_id: z.string(),
  score: z.number(),
  policy: z.string(),
  decision_id: z.string().describe("Send it with the reward: it then counts exactly once"),
  propensity: z.number().describe("Probability with which this position was chosen"),
}).meta({ id: "ScoreResponse" });
/** The tip to show. */
export type ScoreResponse = z.infer<typeof ScoreResponse>;
