import type { SyncRecord } from "../bandit/records.ts";
import type { Store } from "../store/port.ts";
import { instantOf } from "./time.ts";

/** As much of the store as sync records need. */
export type SyncStore = Pick<Store, "getSync" | "putSync">;

/**
 * Keeps the newest sync of each user. The store has no compare-and-set for it, so those of one
 * user are written one after the other here; between two instances the last of two writes that
 * meet may be the older one, until the next sync.
 */
export class SyncRecords {
  readonly #store: SyncStore;
  /** By user, the end of the last write that was asked for. */
  readonly #tails = new Map<string, Promise<unknown>>();

  constructor(store: SyncStore) {
    this.#store = store;
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

  async #write(user: string, record: SyncRecord): Promise<boolean> {
    const known = await this.#store.getSync(user);
    const knownAt = known && instantOf(known.lastSyncTs);
    const at = instantOf(record.lastSyncTs);
    // Imported records may hold any text as their time; a real time is better than that.
    if (knownAt !== undefined && (at === undefined || at <= knownAt)) return false;
    await this.#store.putSync(user, record);
    return true;
  }
}
