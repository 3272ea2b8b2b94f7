import type { RewardOfDecision, RewardOfFeaturesV2 } from "../contract/mod.ts";
import type { Store } from "../store/port.ts";
import type { CachedUser } from "./cached_user.ts";
import { rawProfile } from "./decide.ts";
import { parseDecisionId } from "./decision_id.ts";
import {
  DecisionGoneError,
  DecisionMismatchError,
  IdempotencyKeyReusedError,
  UnknownDecisionError,
} from "./errors.ts";
import { encode, type Inputs, type Task } from "./features.ts";
import { type Identity, identityOfDecision, identityOfKey } from "./identity.ts";
import { labelsOf, POLICIES, type Policy } from "./policies.ts";
import { findApplied, findReward } from "./rings.ts";

/** A reward that is to be learned: from which vector, and what it is remembered by. */
export interface Lesson {
  readonly x: Float64Array;
  readonly reward: number;
  /** The rewarded decision's number. */
  readonly decision?: number;
  /** The prompt version that wrote the rewarded decision's tip. */
  readonly promptVersion?: string | null;
  readonly identity?: Identity;
}

function vector(policy: Policy, inputs: Inputs, task: Task): Float64Array {
  const x = new Float64Array(labelsOf(policy).length);
  encode(policy.features, inputs, [task], x);
  return x;
}

/** A decision with a number up to this one is kept no longer, or lies before a reset. */
export function lastGone(user: CachedUser, decisionLogSize: number): number {
  return Math.max(user.record.floor, user.newest - decisionLogSize);
}

/**
 * What a reward by decision_id teaches; undefined where it did already.
 *
 * @throws {UnknownDecisionError} the user has no such decision
 * @throws {DecisionGoneError} it is no longer kept, or from before a reset
 * @throws {DecisionMismatchError} another policy decided, or for another tip
 */
export async function lessonOfDecision(
  policy: Policy,
  request: RewardOfDecision,
  user: CachedUser,
  store: Store,
  decisionLogSize: number,
): Promise<Lesson | undefined> {
  const key = parseDecisionId(request.decision_id);
  if (!key || key.number > user.newest) throw unknown();
  const identity = identityOfDecision(key);
  if (findApplied(user.record.applied, identity.digest)) return undefined;
  if (key.number <= lastGone(user, decisionLogSize)) {
    throw new DecisionGoneError(
      "The decision is too old to be rewarded, or from before a reset of the user",
    );
  }
  const [decision] = await store.decisions(request.user_id, 1, key.number + 1);
  if (decision?.number !== key.number || !sameBytes(decision.nonce, key.nonce)) throw unknown();
  if (decision.policy !== policy.name) {
    const path = POLICIES.find(({ name }) => name === decision.policy)!.path;
    throw new DecisionMismatchError(
      `The decision is one of ${decision.policy}: send its reward to /reward${path}`,
    );
  }
  if ((request.tip_id ?? decision.tipId) !== decision.tipId) {
    throw new DecisionMismatchError("tip_id is not the decision's; leave it out, or correct it");
  }
  if (findReward(user.record.rewards, key.number) !== undefined) return undefined;
  const x = vector(policy, decision.inputs, decision.tasks[decision.position]!);
  const promptVersion = decision.origin?.promptVersion ?? null;
  return { x, reward: request.reward, decision: key.number, promptVersion, identity };
}

const unknown = () => new UnknownDecisionError("The user has no decision with this decision_id");

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/**
 * What a reward of features teaches; undefined where it came with a key that it came with before.
 *
 * @throws {IdempotencyKeyReusedError} the key came with another body
 */
export function lessonOfFeatures(
  policy: Policy,
  request: RewardOfFeaturesV2,
  idempotencyKey: string | undefined,
  user: CachedUser,
): Lesson | undefined {
  const { features, reward } = request;
  const profile = rawProfile(request.profile_features);
  const inputs = { hour: features.hour_of_day, day: request.day_of_week, profile };
  const x = vector(policy, inputs, features);
  if (idempotencyKey === undefined) return { x, reward };
  const identity = identityOfKey(policy.name, idempotencyKey, request, profile);
  const body = findApplied(user.record.applied, identity.digest);
  if (!body) return { x, reward, identity };
  if (sameBytes(body, identity.body)) return undefined;
  throw new IdempotencyKeyReusedError(
    "The Idempotency-Key came before with another body; use a new key for a new reward",
  );
}
