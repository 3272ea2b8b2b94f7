import { Estimator, invert, NotPositiveDefiniteError, packedLength } from "../../wasm/mod.ts";
import { NONCE_BYTES } from "../bandit/decision_id.ts";
import { labelsOf, POLICIES } from "../bandit/policies.ts";
import type { Counters, Decision, Model, UserRecord } from "../bandit/records.ts";
import { APPLIED_WIDTH, REWARD_WIDTH } from "../bandit/rings.ts";
import { PROFILE_FEATURES, UserId } from "../contract/mod.ts";
import type { StoredUser } from "../store/stored_user.ts";

const DIMENSIONS = new Map(POLICIES.map((policy) => [policy.name, labelsOf(policy).length]));

/**
 * What the service could not work with, a line each: numbers that are not finite, a matrix without
 * an inverse, lengths that are not the policy's, decisions out of order.
 */
export function shapeProblems({ user, record, decisions, sync }: StoredUser): string[] {
  const problems: string[] = [];
  const { success, error } = UserId.safeParse(user);
  if (!success) problems.push(`the user id is none: ${error.issues[0]?.message}`);
  if (record) problems.push(...recordProblems(record));
  let last = 0;
  for (const decision of decisions) {
    const name = `decision ${decision.number}`;
    problems.push(...decisionProblems(decision).map((problem) => `${name}: ${problem}`));
    if (decision.number <= last) problems.push(`${name} comes after decision ${last}`);
    last = decision.number;
  }
  if (sync && sync.taskCount < 0) problems.push(`the sync counts ${sync.taskCount} tasks`);
  return problems;
}

function recordProblems({ floor, base, models, rewards, applied }: UserRecord): string[] {
  const problems = counterProblems(base).map((problem) => `base: ${problem}`);
  if (floor < 0) problems.push(`the floor is ${floor}`);
  for (const [policy, model] of Object.entries(models)) {
    problems.push(...modelProblems(policy, model).map((problem) => `${policy}: ${problem}`));
  }
  if (rewards.length % REWARD_WIDTH !== 0) problems.push("the rewards are cut off");
  if (!rewards.every(Number.isFinite)) problems.push("a reward is not finite");
  if (applied.length % APPLIED_WIDTH !== 0) problems.push("the applied identities are cut off");
  return problems;
}

function modelProblems(policy: string, model: Model): string[] {
  const d = DIMENSIONS.get(policy);
  if (d === undefined) return ["there is no such policy"];
  const { A, b, rewardCount, cumulativeReward } = model;
  const problems: string[] = [];
  if (rewardCount < 0) problems.push(`it counts ${rewardCount} rewards`);
  if (!Number.isFinite(cumulativeReward)) problems.push("the cumulative reward is not finite");
  if (A.length !== packedLength(d)) {
    problems.push(`A has ${A.length} numbers, not ${packedLength(d)}`);
  }
  if (b.length !== d) problems.push(`b has ${b.length} numbers, not ${d}`);
  if (![...A, ...b].every(Number.isFinite)) problems.push("a number of A or b is not finite");
  if (problems.length > 0) return problems;
  if (!computes(() => invert(A, d))) return ["A is not positive definite"];
  using estimator = new Estimator(d);
  // The kernel refuses a model whose theta overflows.
  return computes(() => estimator.rebuild(A, b)) ? [] : ["theta is not finite"];
}

function computes(run: () => unknown): boolean {
  try {
    run();
    return true;
  } catch (error) {
    if (!(error instanceof NotPositiveDefiniteError)) throw error;
    return false;
  }
}

function counterProblems(counters: Counters): string[] {
  const problems: string[] = [];
  for (const [policy, { pulls, explored }] of Object.entries(counters)) {
    if (!DIMENSIONS.has(policy)) problems.push(`there is no policy ${policy}`);
    if (explored < 0 || pulls < explored) {
      problems.push(`${policy} has explored ${explored} times in ${pulls} decisions`);
    }
  }
  return problems;
}

function decisionProblems(decision: Decision): string[] {
  const { number, nonce, policy, propensity, position, tipId, inputs, tasks, candidateIds } =
    decision;
  const problems = counterProblems(decision.counters);
  if (number < 1) problems.push("numbers begin with 1");
  if (nonce.length !== NONCE_BYTES) problems.push(`its nonce has ${nonce.length} bytes`);
  if (!DIMENSIONS.has(policy)) problems.push(`there is no policy ${policy}`);
  if (!(propensity > 0 && propensity <= 1 + 1e-9)) problems.push(`its propensity is ${propensity}`);
  if (position < 0 || position >= tasks.length) {
    problems.push(`it chose candidate ${position} of ${tasks.length}`);
  }
  if (inputs.profile && inputs.profile.length !== PROFILE_FEATURES.length) {
    problems.push(`its profile has ${inputs.profile.length} features`);
  }
  if (candidateIds && candidateIds.length !== tasks.length) {
    problems.push(`it has ${candidateIds.length} ids of ${tasks.length} candidates`);
  } else if (candidateIds && candidateIds[position] !== tipId) {
    problems.push("the tip is not the candidate that it chose");
  }
  return problems;
}
