import { NEW_USER, type UserRecord } from "../../src/bandit/records.ts";
import type { Store } from "../../src/store/mod.ts";

/** How many decisions the stores under test are told to keep. */
export const DECISION_LOG_SIZE = 100;

/** A test of the contract, on an empty store. */
export type ContractTest = (what: string, run: (store: Store) => Promise<void>) => void;

/** A user's record with something in every field. */
export const record = (over: Partial<UserRecord> = {}): UserRecord => ({
  ...NEW_USER,
  floor: 3,
  base: { "linucb-v1": { pulls: 4, explored: 0, lastAt: 1_770_000_000_000 } },
  models: {
    "linucb-v1": {
      A: Float64Array.from({ length: 15 }, (_, i) => i / 7),
      b: Float64Array.of(1, -0.5, Math.PI, 1e-300, -0),
      rewardCount: 2,
      cumulativeReward: 0.1 + 0.2,
      lastUpdated: 1_770_000_000_123,
    },
  },
  rewards: Float64Array.of(4, 0.5, 1_770_000_000_000),
  applied: Uint8Array.from({ length: 24 }, (_, i) => i),
  ...over,
});
