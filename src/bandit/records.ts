import type { Inputs, Task } from "./features.ts";

/** How often a policy has decided for a user. */
export interface Counter {
  readonly pulls: number;
  readonly explored: number;
  /** Time of the last decision, in ms since the epoch; null where there is none. */
  readonly lastAt: number | null;
}

/** By the policy's name, for those that have decided. */
export type Counters = Readonly<Record<string, Counter>>;

/**
 * Ridge regression of one policy for one user: A = I + sum x xT and b = sum r x
 * (theta = A^-1 b). Values are replaced, never written to.
 */
export interface Model {
  /** Packed upper triangle by rows, d (d + 1) / 2 numbers. */
  readonly A: Float64Array;
  /** d numbers. */
  readonly b: Float64Array;
  readonly rewardCount: number;
  readonly cumulativeReward: number;
  /** Time of the last reward, in ms since the epoch. */
  readonly lastUpdated: number | null;
}

/** U: what a user's rewards, resets and imports have made of the user. Replaced as a whole. */
export interface UserRecord {
  /** Decisions are live when their number is above it. */
  readonly floor: number;
  /** The counters while no live decision holds them. */
  readonly base: Counters;
  /** By the policy's name, for those that have been rewarded. */
  readonly models: Readonly<Record<string, Model>>;
  /** Rewards of the kept decisions, oldest first: rings.ts says how they lie in it. */
  readonly rewards: Float64Array;
  /** Digests of the last identities that were applied, oldest first: rings.ts. */
  readonly applied: Uint8Array;
}

/** Where a tip that an LLM wrote comes from. */
export interface Origin {
  /** As the caller sent it: it need not be one that this service made. */
  readonly generationId: string | null;
  readonly promptVersion: string | null;
  /** The model that the generation_id names. */
  readonly model: string | null;
}

/** D: one answered score, numbered per user over all policies, never rewritten. */
export interface Decision {
  /** 1 for a user's first. */
  readonly number: number;
  /** 8 random bytes, which tell a decision from another of the same number. */
  readonly nonce: Uint8Array;
  /** ms since the epoch. */
  readonly at: number;
  /** The policy's name. */
  readonly policy: string;
  readonly exploring: boolean;
  readonly propensity: number;
  readonly score: number;
  /** The chosen candidate: its position and what it was. */
  readonly position: number;
  readonly tipId: string;
  readonly source: string;
  readonly sourceId: string | null;
  /** Null where the candidate named neither a generation nor a prompt version. */
  readonly origin: Origin | null;
  readonly inputs: Inputs;
  readonly tasks: readonly Task[];
  /** The ids of all candidates; null where they would not fit in 16 KiB. */
  readonly candidateIds: readonly string[] | null;
  /** Of every policy, after this decision. */
  readonly counters: Counters;
}

/** S: what the last task sync of a user said. */
export interface SyncRecord {
  /** As the event or the Python service wrote it. */
  readonly lastSyncTs: string;
  readonly taskCount: number;
}

/** A user without a record. */
export const NEW_USER: UserRecord = {
  floor: 0,
  base: {},
  models: {},
  rewards: new Float64Array(),
  applied: new Uint8Array(),
};
