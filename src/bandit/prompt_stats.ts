import type { PromptStats } from "../contract/mod.ts";
import type { PromptCounts } from "./prompt_counts.ts";

/** The 97.5 % quantile of the standard normal distribution: 95 % lie within. */
const Z = 1.959963984540054;

type Rate = PromptStats["reactions"]["done"];

/**
 * The share count / shown with its 95 % score interval.
 *
 * @see Wilson (1927), Probable Inference, the Law of Succession, and Statistical Inference,
 * https://doi.org/10.1080/01621459.1927.10502953
 */
export function rateOf(count: number, shown: number): Rate {
  if (shown <= 0) return { count, rate: null, low: null, high: null };
  const rate = Math.min(count / shown, 1);
  const weight = 1 + Z ** 2 / shown;
  const middle = (rate + Z ** 2 / (2 * shown)) / weight;
  const half = Z / weight * Math.sqrt(rate * (1 - rate) / shown + Z ** 2 / (4 * shown ** 2));
  return {
    count,
    rate,
    // At none and at all the bound is the share itself, which rounding would miss by a little.
    low: rate === 0 ? 0 : Math.max(0, middle - half),
    high: rate === 1 ? 1 : Math.min(1, middle + half),
  };
}

/** The counts as the wire shows them, by version. */
export function promptStatsOf(counts: ReadonlyMap<string, PromptCounts>): PromptStats[] {
  return [...counts].sort(([a], [b]) => a < b ? -1 : 1).map(([version, of]) => {
    const { shown, rewarded, rewardSum, reactions, models } = of;
    return {
      version,
      shown,
      rewarded,
      mean_reward: rewarded > 0 ? rewardSum / rewarded : null,
      reactions: {
        done: rateOf(reactions.done, shown),
        helpful: rateOf(reactions.helpful, shown),
        snooze: rateOf(reactions.snooze, shown),
        not_helpful: rateOf(reactions.not_helpful, shown),
        dismiss: rateOf(reactions.dismiss, shown),
        other: rateOf(reactions.other, shown),
      },
      models: { ...models },
    };
  });
}
