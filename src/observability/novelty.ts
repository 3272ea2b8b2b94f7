import { LRUCache } from "lru-cache";
import { StoreUnavailableError } from "../store/errors.ts";
import type { Failure } from "./failure.ts";

/** An outage is over when it did not show for so long. */
const OUTAGE_ENDS_MS = 10 * 60_000;
/** Reports of one kind within {@linkcode WINDOW_MS}: a hundred more would tell nothing more. */
export const MOST_OF_A_KIND = 10;
const WINDOW_MS = 60_000;
/** Events and kinds that are remembered. */
const REMEMBERED = 10_000;

/** Reports of a kind since a time. */
interface Window {
  readonly since: number;
  count: number;
}

/**
 * Tells which failures are news. Not news are: an error object that was told of before; an event
 * that failed before, by its stream and number; a store that was not available before, until it
 * was for some time; a kind of failure that was told of ten times within the minute.
 */
export class Novelty {
  readonly #errors = new WeakSet<object>();
  readonly #events = new LRUCache<string, true>({ max: REMEMBERED });
  /** By what is wrong with the store, when it showed last. */
  readonly #outages = new LRUCache<string, number>({ max: REMEMBERED });
  readonly #windows = new LRUCache<string, Window>({ max: REMEMBERED });

  /** Whether the failure is to be told of; from then on it is not news. */
  isNew(failure: Failure): boolean {
    const { error, level, at } = failure;
    const isOutage = error instanceof StoreUnavailableError;
    if (level === "warning" && !isOutage) return false;
    if (typeof error === "object" && error !== null) {
      if (this.#errors.has(error)) return false;
      this.#errors.add(error);
    }
    if (isOutage) return this.#isNewOutage(error, at);
    const event = eventOf(failure);
    if (event !== undefined && this.#events.has(event)) return false;
    if (level !== "fatal" && !this.#isWithinWindow(kindOf(failure), at)) return false;
    if (event !== undefined) this.#events.set(event, true);
    return true;
  }

  /** Its callers are answered 503 by the thousand, so that there is one report of all of them. */
  #isNewOutage({ message }: StoreUnavailableError, at: number): boolean {
    const last = this.#outages.get(message);
    this.#outages.set(message, at);
    return last === undefined || at - last > OUTAGE_ENDS_MS;
  }

  #isWithinWindow(kind: string, at: number): boolean {
    const window = this.#windows.get(kind);
    if (window === undefined || at - window.since > WINDOW_MS) {
      this.#windows.set(kind, { since: at, count: 1 });
      return true;
    }
    return ++window.count <= MOST_OF_A_KIND;
  }
}

function eventOf({ properties }: Failure): string | undefined {
  const { stream, seq } = properties;
  return typeof stream === "string" && typeof seq === "number" ? `${stream} ${seq}` : undefined;
}

function kindOf({ what, error, properties }: Failure): string {
  const name = error instanceof Error ? error.name : "";
  return `${what} ${name} ${String(properties["route"])}`;
}
