import { setTimeout as delay } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import { ConflictError } from "../store/errors.ts";
import type { Store } from "../store/port.ts";
import { CachedUser } from "./cached_user.ts";
import type { BanditObserver } from "./observer.ts";

/** How often a change is tried again after another instance was faster. */
const ATTEMPTS = 16;
const MAX_PAUSE_MS = 50;

/** A user's place: who is in memory there, and the last call that waits or runs. */
interface Place {
  user?: CachedUser | undefined;
  last?: Promise<void> | undefined;
}

/**
 * The users in memory, at most so many, and the order in which each is used: one call at a
 * time, whether it reads or writes, so that a read sees every write answered before it.
 */
export class Users implements Disposable {
  readonly #store: Store;
  readonly #observer: BanditObserver | undefined;
  readonly #places: LRUCache<string, Place>;
  /** Places that had to go while a call was at them. */
  readonly #leaving = new Map<string, Place>();
  #calls = 0;

  /** @param max users kept in memory besides those in use */
  constructor(store: Store, max: number, observer?: BanditObserver) {
    this.#store = store;
    this.#observer = observer;
    this.#places = new LRUCache({
      max,
      dispose: (place, id) => {
        if (place.last) this.#leaving.set(id, place);
        else empty(place);
      },
    });
  }

  /** How many users are in memory. */
  get size(): number {
    return this.#places.size;
  }

  /** How many calls wait or run. */
  get calls(): number {
    return this.#calls;
  }

  /**
   * Runs alone on the user. Whatever fails may have left the store ahead of the memory, so that
   * the user is read again by the next call; after a conflict `run` is called again soon.
   */
  use<T>(id: string, run: (user: CachedUser) => T | Promise<T>): Promise<T> {
    return this.#alone(id, async (place) => {
      for (let attempt = 1;; attempt++) {
        try {
          this.#observer?.lookedUp(place.user !== undefined);
          place.user ??= new CachedUser(await this.#store.load(id));
          return await run(place.user);
        } catch (error) {
          empty(place);
          if (!(error instanceof ConflictError) || attempt === ATTEMPTS) throw error;
          // At random, so that two instances with much to write for a user do not stay in step.
          await delay(Math.random() * Math.min(2 ** attempt, MAX_PAUSE_MS));
        }
      }
    });
  }

  /**
   * Runs alone on a user who need not be readable, and who is read again by the next call,
   * whatever `run` does.
   */
  forget(id: string, run: () => Promise<void>): Promise<void> {
    return this.#alone(id, async (place) => {
      try {
        await run();
      } finally {
        empty(place);
      }
    });
  }

  /** Runs when the user's earlier calls are over. */
  async #alone<T>(id: string, run: (place: Place) => Promise<T>): Promise<T> {
    const place = this.#place(id);
    const before = place.last;
    const { promise, resolve } = Promise.withResolvers<void>();
    place.last = promise;
    this.#calls++;
    if (before) await before;
    try {
      return await run(place);
    } finally {
      this.#calls--;
      if (place.last === promise) {
        place.last = undefined;
        if (this.#leaving.get(id) === place) {
          this.#leaving.delete(id);
          empty(place);
        }
      }
      resolve();
    }
  }

  /**
   * Where the calls of a user meet. Kept with the user, as a map that gains and loses an entry a
   * call makes V8 promote its tables: each that was promoted keeps those after it alive.
   */
  #place(id: string): Place {
    let place = this.#places.get(id) ?? this.#leaving.get(id);
    if (!place) {
      place = {};
      this.#places.set(id, place);
    }
    return place;
  }

  [Symbol.dispose](): void {
    this.#places.clear();
  }
}

function empty(place: Place): void {
  place.user?.[Symbol.dispose]();
  place.user = undefined;
}
