import { setTimeout as delay } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import { ConflictError } from "../store/errors.ts";
import type { Store } from "../store/port.ts";
import { CachedUser } from "./cached_user.ts";

/** How often a change is tried again after another instance was faster. */
const ATTEMPTS = 16;
const MAX_PAUSE_MS = 50;

/**
 * The users in memory, at most so many, and the order in which each is used: one call at a
 * time, whether it reads or writes, so that a read sees every write answered before it.
 */
export class Users implements Disposable {
  readonly #store: Store;
  readonly #cache: LRUCache<string, CachedUser>;
  /** The last call of each user that has one under way. */
  readonly #last = new Map<string, Promise<void>>();

  /** @param max users kept in memory besides those in use */
  constructor(store: Store, max: number) {
    this.#store = store;
    this.#cache = new LRUCache({ max, dispose: (user) => user[Symbol.dispose]() });
  }

  /** How many users are in memory. */
  get size(): number {
    return this.#cache.size;
  }

  /**
   * Runs alone on the user. Whatever fails may have left the store ahead of the cache, so that
   * the user is read again by the next call; after a conflict `run` is called again soon.
   */
  async use<T>(id: string, run: (user: CachedUser) => T | Promise<T>): Promise<T> {
    const before = this.#last.get(id);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last.set(id, promise);
    if (before) await before;
    try {
      for (let attempt = 1;; attempt++) {
        try {
          let user = this.#cache.get(id);
          if (!user) {
            user = new CachedUser(await this.#store.load(id));
            this.#cache.set(id, user);
          }
          return await run(user);
        } catch (error) {
          this.#cache.delete(id);
          if (!(error instanceof ConflictError) || attempt === ATTEMPTS) throw error;
          // At random, so that two instances with much to write for a user do not stay in step.
          await delay(Math.random() * Math.min(2 ** attempt, MAX_PAUSE_MS));
        }
      }
    } finally {
      if (this.#last.get(id) === promise) this.#last.delete(id);
      resolve();
    }
  }

  [Symbol.dispose](): void {
    this.#cache.clear();
  }
}
