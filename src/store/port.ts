import type { PromptCounts } from "../bandit/prompt_counts.ts";
import type { Decision, SyncRecord, UserRecord } from "../bandit/records.ts";

/** What one user's state stands at: another number after every change, 0 before the first. */
export type Version = number;

/** A user as the store holds it. */
export interface Loaded {
  readonly version: Version;
  /** Undefined where nothing but decisions was ever written. */
  readonly user: UserRecord | undefined;
  /** The decision with the highest number, live or not. */
  readonly newest: Decision | undefined;
}

/** The reward of a decision whose tip named a prompt version. */
export interface Reacted {
  readonly promptVersion: string;
  readonly reward: number;
}

/**
 * One change of one user: a decision appended, or the user's record replaced, which may be
 * because of a reward that counts for a prompt version.
 */
export type Change =
  | { readonly decision: Decision }
  | { readonly user: UserRecord; readonly reacted?: Reacted };

/**
 * Where users live. Every change of a user carries the version it was made from, so that two
 * writers never lose each other's update. How rows are laid out and batched does not show.
 *
 * Every method throws {@linkcode StoreUnavailableError} when the store cannot be read or
 * written just now, and {@linkcode NewerRecordError} at a record that a newer version wrote.
 */
export interface Store extends AsyncDisposable {
  /** The user's record, newest decision and version. */
  load(user: string): Promise<Loaded>;

  /**
   * Applies one change, whole, and durably before it answers. What it adds to the counts by
   * prompt version is part of it: both are there, or neither.
   *
   * @returns the version after it
   * @throws {ConflictError} the user is not at `expected`; nothing was changed
   */
  commit(user: string, expected: Version, change: Change): Promise<Version>;

  /**
   * The newest `n` decisions with a number below `below`, newest first. At least the last
   * DECISION_LOG_SIZE are there; older ones, and those a reset has passed, may be too.
   */
  decisions(user: string, n: number, below?: number): Promise<readonly Decision[]>;

  /** What became of the tips by prompt version, over all users; resets change nothing of it. */
  promptCounts(): Promise<ReadonlyMap<string, PromptCounts>>;

  /** The user's sync record. */
  getSync(user: string): Promise<SyncRecord | undefined>;

  /** Replaces the user's sync record, durably before it answers. */
  putSync(user: string, record: SyncRecord): Promise<void>;

  /**
   * Removes all that is kept about the user, whole, and durably before it answers: the record, the
   * decisions, the sync record. The counts by prompt version stay: they name no user. One that
   * failed may be called again; until then the user is as before it, or gone as a whole.
   *
   * Versions begin at 0 again: what was loaded before it is not to be committed after it. A read
   * of the user at the same time may see some of what was there.
   */
  erase(user: string): Promise<void>;
}
