import type { Policy } from "../../bandit/policies.ts";
import { GreedyStatsResponse, StatsResponse } from "../../contract/mod.ts";
import { userEndpoint } from "../endpoint.ts";
import type { Services } from "../services.ts";

const describe = (policy: Policy) => ({
  tag: "user",
  summary: `A user's ${policy.name} model`,
  errors: [422, 503],
} as const);

/** GET /stats/{user_id}: it leaves out what the Python service left out for this policy. */
export function stats({ scorer }: Services, policy: Policy) {
  return userEndpoint({ ...describe(policy), answer: StatsResponse }, async (userId) => {
    const { policy: _name, exploration_rate: _rate, feature_labels: _labels, ...shown } =
      await scorer.stats(policy, userId);
    return shown;
  });
}

/** GET /stats/egreedy…/{user_id}. */
export function greedyStats({ scorer }: Services, policy: Policy) {
  return userEndpoint(
    { ...describe(policy), answer: GreedyStatsResponse },
    (userId) => scorer.stats(policy, userId),
  );
}
