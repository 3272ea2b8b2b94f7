import { z } from "zod";
import { Id, UserId } from "./ids.ts";
import { ProfileFeatures } from "./profile.ts";
import { Day, GenerationId, Hour, PromptVersion } from "./score.ts";

/** The most tips of one call. */
export const MAX_TIPS = 20;
/** The most tasks that a call may bring; the prompt takes the few that matter most. */
export const MAX_TASKS = 1000;

const DateTime = z.iso.datetime({ offset: true });

const MAX_DEPTH = 16;

/** Lists and objects in each other so deep: what walks them by recursion must come to an end. */
function isShallow(value: unknown): boolean {
  let level = [value];
  for (let depth = 0; depth <= MAX_DEPTH; depth++) {
    level = level.flatMap((each) =>
      typeof each === "object" && each !== null ? Object.values(each) : []
    );
    if (level.length === 0) return true;
  }
  return false;
}

/**
 * A task as the to-do app knows it. What is given counts; `is_overdue` and `task_age_days` that are
 * missing come from `due_at` and `created_at`. Unknown names are ignored.
 */
export const TaskSignal = z.object({
  id: Id.nullish(),
  content: z.string().nullish(),
  title: z.string().nullish().describe("Read where there is no content"),
  priority: z.int().min(1).max(4).nullish(),
  due_at: DateTime.nullish().describe("RFC 3339, with its offset"),
  created_at: DateTime.nullish().describe("RFC 3339, with its offset"),
  completed: z.boolean().nullish().describe("A completed task is left out of the prompt"),
  is_overdue: z.boolean().nullish(),
  task_age_days: z.number().nullish(),
}).meta({ id: "TaskSignal" });
/** A task as the to-do app knows it. */
export type TaskSignal = z.infer<typeof TaskSignal>;

/** What a tip is to be made from. */
export const GenerateContext = z.object({
  tasks: z.array(TaskSignal).max(MAX_TASKS).default([]),
  hour_of_day: Hour.default(12),
  day_of_week: Day.default(0),
  extra: z.record(
    z.string(),
    z.unknown().refine(isShallow, `should be nested at most ${MAX_DEPTH} deep`),
  ).default({}).describe(
    "Whatever else the prompt should tell, by name",
  ),
}).meta({ id: "GenerateContext" });
/** What a tip is to be made from. */
export type GenerateContext = z.infer<typeof GenerateContext>;

/** POST /generate. */
export const GenerateRequest = z.object({
  user_id: UserId,
  context: GenerateContext.prefault({}),
  n: z.int().min(1).max(MAX_TIPS).default(3).describe("Tips asked for; fewer may come"),
  prompt_version: z.string().max(64).nullish().describe("Empty or missing: the service's default"),
  profile_features: ProfileFeatures.nullish(),
}).meta({ id: "GenerateRequest" });
/** POST /generate, as parsed. */
export type GenerateRequest = z.infer<typeof GenerateRequest>;

/** A tip that the LLM wrote. It is a candidate for any POST /score. */
export const TipCandidate = z.object({
  id: z.string().describe("Unique among the candidates"),
  content: z.string(),
  source: z.literal("llm"),
  rationale: z.string().nullable(),
  source_id: z.string().nullable().describe("Id of the task the tip is about"),
  score: z.number().optional().describe("With ?score=true: by the decision's policy"),
}).meta({ id: "TipCandidate" });
/** A tip that the LLM wrote. */
export type TipCandidate = z.infer<typeof TipCandidate>;

/** Which of the tips to show: what POST /score would have answered. */
export const TipDecision = z.object({
  decision_id: z.string(),
  tip_id: z.string(),
  score: z.number(),
  propensity: z.number(),
  policy: z.string(),
}).meta({ id: "TipDecision" });
/** Which of the tips to show. */
export type TipDecision = z.infer<typeof TipDecision>;

/** The answer of POST /generate. */
export const GenerateResponse = z.object({
  candidates: z.array(TipCandidate),
  model: z.string().describe("As the gateway named it"),
  prompt_version: z.string(),
  prompt_tokens: z.int().describe("Over all attempts"),
  completion_tokens: z.int().describe("Over all attempts"),
  generation_id: GenerationId.describe("Send it with the candidates of a score"),
  decision: TipDecision.optional().describe("With ?score=true"),
}).meta({ id: "GenerateResponse" });
/** The answer of POST /generate. */
export type GenerateResponse = z.infer<typeof GenerateResponse>;

/** GET /prompts. */
export const PromptsResponse = z.object({
  default: PromptVersion,
  prompts: z.array(z.object({
    version: PromptVersion,
    description: z.string(),
    sha256: z.string().describe("Of all the prompt's fixed text"),
  })),
}).meta({ id: "PromptsResponse" });
/** GET /prompts. */
export type PromptsResponse = z.infer<typeof PromptsResponse>;

/** A share with its 95 % interval (Wilson 1927); nulls while nothing was shown. */
const Rate = z.object({
  count: z.int(),
  rate: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
}).meta({ id: "Rate" });

/** What became of the tips of one prompt version. */
export const PromptStats = z.object({
  version: z.string().describe("(other) for what came after 200 versions"),
  shown: z.int().describe("Decisions that chose a tip of it"),
  rewarded: z.int().describe("How many of them were rewarded by decision_id"),
  mean_reward: z.number().nullable(),
  reactions: z.object({
    done: Rate,
    helpful: Rate,
    snooze: Rate,
    not_helpful: Rate,
    dismiss: Rate,
    other: Rate.describe("Rewards that are none of REACTIONS"),
  }).describe("Per decision shown"),
  models: z.record(z.string(), z.int()).describe("Decisions shown by the model that wrote the tip"),
}).meta({ id: "PromptStats" });
/** What became of the tips of one prompt version. */
export type PromptStats = z.infer<typeof PromptStats>;

/** GET /prompts/stats: every prompt version that a decision named. */
export const PromptStatsResponse = z.object({ versions: z.array(PromptStats) })
  .meta({ id: "PromptStatsResponse" });
/** GET /prompts/stats. */
export type PromptStatsResponse = z.infer<typeof PromptStatsResponse>;
