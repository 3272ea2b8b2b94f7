import type { Decision, SyncRecord, UserRecord } from "../bandit/records.ts";

/** All that a store holds of one user. */
export interface StoredUser {
  readonly user: string;
  /** Undefined where nothing but decisions was ever written. */
  readonly record: UserRecord | undefined;
  /** Those that are kept, oldest first, whether live or not. */
  readonly decisions: readonly Decision[];
  readonly sync: SyncRecord | undefined;
}
