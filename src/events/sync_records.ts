import { LRUCache } from "lru-cache";
import type { SyncRecord } from "../bandit/records.ts";
import type { Store } from "../store/port.ts";
import { instantOf } from "./time.ts";

/** As much of the store as sync records need. */
export type SyncStore = Pick<Store, "getSync" | "putSync">;

/**
 * Keeps the newest sync of each user. The store has no compare-and-set for it, so those of one
 * user are written one after the other here.
 */
export class SyncRecords {
  readonly #store: SyncStore;
  /** By user, the end of the last write that was asked for. */
  readonly #tails = new Map<string, Promise<unknown>>();
  /** By user, the instant of the record in the store; a read costs more than a write. */
  readonly #known: LRUCache<string, bigint>;

  /**
   * @param store where nothing else writes sync records meanwhile
   * @param cacheUsers how many users' newest syncs are known without a read
   */
  constructor(store: SyncStore, cacheUsers: number) {
    this.#store = store;
    this.#known = new LRUCache({ max: cacheUsers });
  }

  /** Writes the record, unless the user's is as new or newer; tells whether it was written. */
  async keepNewest(user: string, record: SyncRecord): Promise<boolean> {
    const earlier = this.#tails.get(user) ?? Promise.resolve();
    // A write that failed has told its own caller.
    const write = earlier.catch(() => {}).then(() => this.#write(user, record));
    this.#tails.set(user, write);
    try {
      return await write;
    } finally {
      if (this.#tails.get(user) === write) this.#tails.delete(user);
    }
  }

  /**
   * Forgets what is known of a user who was erased: what would be too old beside it is kept again.
   * After the writes under way, which would remember what they wrote.
   */
  forget(user: string): void {
    const tail = this.#tails.get(user);
    if (tail === undefined) {
      this.#known.delete(user);
      return;
    }
    const forgotten = tail.catch(() => {}).then(() => {
      this.#known.delete(user);
      if (this.#tails.get(user) === forgotten) this.#tails.delete(user);
    });
    this.#tails.set(user, forgotten);
  }

  async #write(user: string, record: SyncRecord): Promise<boolean> {
    const knownAt = this.#known.get(user) ?? await this.#read(user);
    const at = instantOf(record.lastSyncTs);
    // Imported records may hold any text as their time; a real time is better than that.
    if (knownAt !== undefined && (at === undefined || at <= knownAt)) return false;
    // Until the write is done nobody knows what the store has, and if it fails not then either.
    this.#known.delete(user);
    await this.#store.putSync(user, record);
    if (at !== undefined) this.#known.set(user, at);
    return true;
  }

  async #read(user: string): Promise<bigint | undefined> {
    const record = await this.#store.getSync(user);
    const at = record && instantOf(record.lastSyncTs);
    if (at !== undefined) this.#known.set(user, at);
    return at;
  }
}
