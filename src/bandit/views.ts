import type { GreedyStatsResponse, HistoryEntry } from "../contract/mod.ts";
import type { CachedUser } from "./cached_user.ts";
import { decisionId } from "./decision_id.ts";
import { labelsOf, POLICIES, type Policy } from "./policies.ts";
import type { Decision } from "./records.ts";
import { findReward } from "./rings.ts";

/** A time as the wire shows it: `%Y-%m-%dT%H:%M:%SZ`, from ms since the epoch. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** What a policy has done for a user, and its theta. */
export function statsOf(policy: Policy, id: string, user: CachedUser): GreedyStatsResponse {
  const labels = labelsOf(policy);
  const model = user.model(policy);
  const { pulls, explored, lastAt } = user.counters[policy.name] ??
    { pulls: 0, explored: 0, lastAt: null };
  const count = model?.rewardCount ?? 0;
  const total = model?.cumulativeReward ?? 0;
  const last = Math.max(lastAt ?? -Infinity, model?.lastUpdated ?? -Infinity);
  return {
    user_id: id,
    policy: policy.name,
    pulls,
    reward_count: count,
    cumulative_reward: total,
    estimated_mean_reward: count > 0 ? total / count : 0,
    exploration_rate: pulls > 0 ? explored / pulls : 0,
    feature_labels: [...labels],
    theta: model ? [...user.estimator(policy).theta()] : labels.map(() => 0),
    last_updated: Number.isFinite(last) ? timestamp(last) : null,
  };
}

/** One decision as the history shows it, with the reward it got. */
export function historyEntry(decision: Decision, user: CachedUser): HistoryEntry {
  const policy = POLICIES.find(({ name }) => name === decision.policy)!;
  const task = decision.tasks[decision.position]!;
  const shown = policy.features.map((group) => group.show(decision.inputs, task));
  return {
    ts: timestamp(decision.at),
    features: Object.assign(
      {},
      ...shown,
      policy.explores ? { exploring: decision.exploring } : {},
    ),
    score: decision.score,
    tip_id: decision.tipId,
    policy: decision.policy,
    decision_id: decisionId(decision),
    propensity: decision.propensity,
    reward: findReward(user.record.rewards, decision.number) ?? null,
  };
}
