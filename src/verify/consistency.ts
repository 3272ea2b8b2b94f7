import { isDeepStrictEqual } from "node:util";
import { POLICIES } from "../bandit/policies.ts";
import {
  type Counters,
  type Decision,
  NEW_USER,
  type SyncRecord,
  type UserRecord,
} from "../bandit/records.ts";
import { APPLIED_WIDTH, IDENTITY_BYTES, rewardsIn } from "../bandit/rings.ts";
import type { StoredUser } from "../store/stored_user.ts";

/**
 * Where the parts of a user contradict each other, a line each: numbers that are missing among
 * the last decisions, counters that are not those of the log, rewards of no decision.
 *
 * @param decisionLogSize how many decisions must be kept
 */
export function consistencyProblems(stored: StoredUser, decisionLogSize: number): string[] {
  const { record = NEW_USER, decisions } = stored;
  return [
    ...missing(decisions, decisionLogSize),
    ...counterProblems(record, decisions),
    ...rewardProblems(record, decisions),
    ...appliedProblems(record),
    ...(stored.sync ? syncProblems(stored.sync) : []),
  ];
}

/** Gaps among the last decisions: those are kept without exception. */
function missing(decisions: readonly Decision[], decisionLogSize: number): string[] {
  const newest = decisions.at(-1)?.number ?? 0;
  const problems: string[] = [];
  let expected = Math.max(1, newest - decisionLogSize + 1);
  for (const { number } of decisions) {
    if (number < expected) continue;
    if (number > expected) problems.push(`decisions ${expected} to ${number - 1} are missing`);
    expected = number + 1;
  }
  return problems;
}

/** Every live decision has the counters of the one before it, and one decision more. */
function counterProblems(
  { floor, base }: UserRecord,
  decisions: readonly Decision[],
): string[] {
  let before: { readonly number: number; readonly counters: Counters } = {
    number: floor,
    counters: base,
  };
  for (const decision of decisions) {
    if (decision.number <= floor) continue;
    const { number, counters } = decision;
    if (number === before.number + 1) {
      if (!isDeepStrictEqual(counters, counted(before.counters, decision))) {
        return [`the counters of decision ${number} are not those before it and one decision`];
      }
    }
    before = decision;
  }
  return [];
}

/** As a decision is counted when it is made; written anew here, as a check should be. */
function counted(counters: Counters, { policy, exploring, at }: Decision): Counters {
  const { pulls, explored } = counters[policy] ?? { pulls: 0, explored: 0 };
  return {
    ...counters,
    [policy]: { pulls: pulls + 1, explored: explored + (exploring ? 1 : 0), lastAt: at },
  };
}

/** A decision is rewarded once, when it is live; its reward is one that its policy's model counts. */
function rewardProblems(
  { floor, models, rewards }: UserRecord,
  decisions: readonly Decision[],
): string[] {
  const problems: string[] = [];
  const newest = decisions.at(-1)?.number ?? 0;
  const byNumber = new Map(decisions.map(({ number, policy }) => [number, policy]));
  const seen = new Set<number>();
  const byPolicy = new Map<string, number>();
  for (const { number } of rewardsIn(rewards)) {
    if (seen.has(number)) problems.push(`decision ${number} has two rewards`);
    seen.add(number);
    if (number > newest) problems.push(`decision ${number} has a reward, and is not there`);
    if (number <= floor) problems.push(`decision ${number} has a reward from before a reset`);
    const policy = byNumber.get(number);
    if (policy !== undefined) byPolicy.set(policy, (byPolicy.get(policy) ?? 0) + 1);
  }
  for (const { name } of POLICIES) {
    const [found = 0, count = 0] = [byPolicy.get(name), models[name]?.rewardCount];
    if (found > count) {
      problems.push(`${name} has ${found} rewarded decisions, and counts ${count}`);
    }
  }
  return problems;
}

function appliedProblems({ applied }: UserRecord): string[] {
  const seen = new Set<string>();
  for (let at = 0; at + APPLIED_WIDTH <= applied.length; at += APPLIED_WIDTH) {
    const identity = applied.subarray(at, at + IDENTITY_BYTES).toHex();
    if (seen.has(identity)) return ["a reward was applied twice"];
    seen.add(identity);
  }
  return [];
}

function syncProblems({ lastSyncTs }: SyncRecord): string[] {
  return lastSyncTs === "" ? ["the sync has no time"] : [];
}
