import { z } from "zod";
import type { PromptCounts } from "../bandit/prompt_counts.ts";

/** The format that this version writes, and the highest that it reads. */
export const EXPORT_FORMAT = 1;

const Count = z.int().min(0);

/** The first line of an export. */
export const ExportHeader = z.strictObject({
  tip_scorer_export: z.literal(EXPORT_FORMAT),
  service_version: z.string(),
  exported_at: z.string(),
  /** Lines of users that follow. */
  users: Count,
  /** Lines of counts by prompt version that follow. */
  prompt_versions: Count,
});
/** The first line of an export. */
export type ExportHeader = z.infer<typeof ExportHeader>;

/** What became of the tips of one prompt version, over all users. */
export const ExportedPromptCounts = z.strictObject({
  prompt_version: z.string().min(1),
  shown: Count,
  rewarded: Count,
  reward_sum: z.number(),
  reactions: z.strictObject({
    done: Count,
    helpful: Count,
    snooze: Count,
    not_helpful: Count,
    dismiss: Count,
    other: Count,
  }),
  // No object: callers choose the names.
  models: z.array(z.strictObject({ model: z.string(), shown: Count })),
});
/** What became of the tips of one prompt version. */
export type ExportedPromptCounts = z.infer<typeof ExportedPromptCounts>;

/** A version's counts as a line of an export. */
export function exportPromptCounts(version: string, counts: PromptCounts): ExportedPromptCounts {
  const { shown, rewarded, rewardSum, reactions, models } = counts;
  return {
    prompt_version: version,
    shown,
    rewarded,
    reward_sum: rewardSum,
    reactions: { ...reactions },
    models: Object.entries(models).map(([model, shown]) => ({ model, shown })),
  };
}

/** The counts that {@linkcode exportPromptCounts} made a line of. */
export function importPromptCounts(line: ExportedPromptCounts): PromptCounts {
  const { shown, rewarded, reward_sum, reactions, models } = line;
  return {
    shown,
    rewarded,
    rewardSum: reward_sum,
    reactions,
    models: Object.fromEntries(models.map(({ model, shown }) => [model, shown])),
  };
}
