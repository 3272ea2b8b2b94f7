/**
 * The two short histories inside a user's record, packed: a user with many rewards would
 * otherwise cost the cache some 50 KB. A ring is replaced by a longer or shifted copy.
 *
 * @module
 */

/** What a kept decision was rewarded with. */
export interface DecisionReward {
  /** The decision's number. */
  readonly number: number;
  readonly reward: number;
  /** ms since the epoch. */
  readonly at: number;
}

/** Numbers that a reward takes in its ring. */
export const REWARD_WIDTH = 3; // number, reward, at

/** The reward of the decision with this number, if it has one. */
export function findReward(ring: Float64Array, number: number): number | undefined {
  for (let i = 0; i < ring.length; i += REWARD_WIDTH) {
    if (ring[i] === number) return ring[i + 1];
  }
  return undefined;
}

/** The ring with one more reward, without those of decisions numbered below `keepFrom`. */
export function pushReward(
  ring: Float64Array,
  { number, reward, at }: DecisionReward,
  keepFrom: number,
): Float64Array {
  const kept: number[] = [];
  for (let i = 0; i < ring.length; i += REWARD_WIDTH) {
    if (ring[i]! >= keepFrom) kept.push(...ring.subarray(i, i + REWARD_WIDTH));
  }
  return Float64Array.of(...kept, number, reward, at);
}

/** The rewards of a ring, oldest first. */
export function rewardsIn(ring: Float64Array): DecisionReward[] {
  return Array.from({ length: Math.floor(ring.length / REWARD_WIDTH) }, (_, i) => {
    const [number, reward, at] = ring.subarray(i * REWARD_WIDTH);
    return { number: number!, reward: reward!, at: at! };
  });
}

/** The ring of these rewards. */
export function ringOf(rewards: readonly DecisionReward[]): Float64Array {
  return Float64Array.from(rewards.flatMap(({ number, reward, at }) => [number, reward, at]));
}

/** Bytes that stand for an identity, and for the body that came with it. */
export const IDENTITY_BYTES = 16;
export const BODY_BYTES = 8;
/** Bytes that an applied identity takes in its ring. */
export const APPLIED_WIDTH = IDENTITY_BYTES + BODY_BYTES;

/** The body digest that came with this identity, if it is in the ring. */
export function findApplied(ring: Uint8Array, identity: Uint8Array): Uint8Array | undefined {
  for (let i = 0; i < ring.length; i += APPLIED_WIDTH) {
    let at = 0;
    while (at < IDENTITY_BYTES && ring[i + at] === identity[at]) at++;
    if (at === IDENTITY_BYTES) return ring.subarray(i + IDENTITY_BYTES, i + APPLIED_WIDTH);
  }
  return undefined;
}

/** The ring with one more identity, and at most `window` in all: the oldest go first. */
export function pushApplied(
  ring: Uint8Array,
  identity: Uint8Array,
  body: Uint8Array,
  window: number,
): Uint8Array {
  const kept = ring.subarray(Math.max(0, ring.length - (window - 1) * APPLIED_WIDTH));
  const next = new Uint8Array(kept.length + APPLIED_WIDTH);
  next.set(kept);
  next.set(identity, kept.length);
  next.set(body, kept.length + IDENTITY_BYTES);
  return next;
}
