import { z } from "zod";

const counters = {
  pulls: z.int(),
  reward_count: z.int(),
  cumulative_reward: z.number(),
  estimated_mean_reward: z.number(),
};
const learned = {
  theta: z.array(z.number()),
  last_updated: z.string().nullable().describe("%Y-%m-%dT%H:%M:%SZ; null before any call"),
};

/** GET /stats/{user_id}: the linucb-v1 model of a user. */
export const StatsResponse = z.object({ user_id: z.string(), ...counters, ...learned })
  .meta({ id: "StatsResponse" });
/** The linucb-v1 model of a user. */
export type StatsResponse = z.infer<typeof StatsResponse>;

/** GET /stats/egreedy…: an epsilon-greedy model of a user. */
export const GreedyStatsResponse = z.object({
  user_id: z.string(),
  policy: z.string(),
  ...counters,
  exploration_rate: z.number(),
  feature_labels: z.array(z.string()),
  ...learned,
}).meta({ id: "GreedyStatsResponse" });
/** An epsilon-greedy model of a user. */
export type GreedyStatsResponse = z.infer<typeof GreedyStatsResponse>;

/** One decision as GET /features/{user_id} shows it. */
export const HistoryEntry = z.object({
  ts: z.string(),
  features: z.record(z.string(), z.union([z.number(), z.boolean()]))
    .describe("Raw values of the chosen candidate; profile features as scaled for x"),
  score: z.number(),
  tip_id: z.string(),
  policy: z.string(),
  decision_id: z.string(),
  propensity: z.number(),
  reward: z.number().nullable().describe("The reward given by decision_id, null without one"),
}).meta({ id: "HistoryEntry" });
/** One decision of the history. */
export type HistoryEntry = z.infer<typeof HistoryEntry>;

/** GET /features/{user_id}: the last 100 decisions over all policies, oldest first. */
export const FeaturesResponse = z.object({
  user_id: z.string(),
  history: z.array(HistoryEntry),
}).meta({ id: "FeaturesResponse" });
/** The last 100 decisions of a user. */
export type FeaturesResponse = z.infer<typeof FeaturesResponse>;

/** GET /sync/{user_id}: what the newest sync event said. */
export const SyncResponse = z.object({
  user_id: z.string(),
  last_sync_ts: z.string().describe("As the event wrote it"),
  task_count: z.int(),
}).meta({ id: "SyncResponse" });
/** The newest task sync of a user. */
export type SyncResponse = z.infer<typeof SyncResponse>;

/** POST /reset/{user_id} and DELETE /admin/users/{user_id}. */
export const OkResponse = z.object({ ok: z.literal(true) }).meta({ id: "OkResponse" });
/** The answer of a call that has nothing else to say. */
export type OkResponse = z.infer<typeof OkResponse>;
