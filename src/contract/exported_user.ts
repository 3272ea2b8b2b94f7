import { z } from "zod";

const Count = z.int().min(0);
const Time = z.number().describe("ms since the epoch");
const Bytes = z.base64();

const Counters = z.record(
  z.string(),
  z.strictObject({ pulls: Count, explored: Count, last_at: Time.nullable() }),
).describe("By the policy's name");

const Model = z.strictObject({
  A: z.array(z.number()).describe(
    "I + sum x xT: the upper triangle by rows, d (d + 1) / 2 numbers",
  ),
  b: z.array(z.number()).describe("sum reward x: d numbers"),
  reward_count: Count,
  cumulative_reward: z.number(),
  last_updated: Time.nullable(),
});

const Record = z.strictObject({
  floor: Count.describe("Decisions with a number up to it lie before the last reset"),
  base: Counters.describe("The counters where no decision lies after the last reset"),
  models: z.record(z.string(), Model).describe("By the policy's name"),
  rewards: z.array(z.strictObject({ number: Count, reward: z.number(), at: Time }))
    .describe("Of the decisions that are kept, by their numbers"),
  applied: Bytes.describe("Digests of the rewards that cannot count again, 24 bytes each"),
});

const Decision = z.strictObject({
  number: z.int().min(1),
  nonce: Bytes.describe("8 random bytes"),
  at: Time,
  policy: z.string(),
  exploring: z.boolean(),
  propensity: z.number(),
  score: z.number(),
  position: Count.describe("Of the chosen one among the candidates"),
  tip_id: z.string(),
  source: z.string(),
  source_id: z.string().nullable(),
  origin: z.strictObject({
    generation_id: z.string().nullable(),
    prompt_version: z.string().nullable(),
    model: z.string().nullable(),
  }).nullable(),
  hour_of_day: z.int(),
  day_of_week: z.int(),
  profile: z.array(z.number().nullable()).nullable(),
  tasks: z.array(
    z.strictObject({
      is_overdue: z.boolean(),
      task_age_days: z.number(),
      priority: z.int().min(0).max(7),
    }),
  ).describe("Of all candidates"),
  candidate_ids: z.array(z.string()).nullable(),
  counters: Counters.describe("After this decision"),
});

/** All that the service holds of one user. Its numbers are exact, bit for bit. */
export const ExportedUser = z.strictObject({
  user_id: z.string(),
  record: Record.nullable().describe("What rewards, resets and imports have made of the user"),
  decisions: z.array(Decision).describe("Those that are kept, oldest first"),
  sync: z.strictObject({ last_sync_ts: z.string(), task_count: z.int() }).nullable(),
}).meta({ id: "ExportedUser" });
/** All that the service holds of one user. */
export type ExportedUser = z.infer<typeof ExportedUser>;
