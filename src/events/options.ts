import type { HealthResponse } from "../contract/service.ts";
import type { RequestIds } from "../observability/trace.ts";
import type { EventsObserver } from "./observer.ts";
import type { SyncStore } from "./sync_records.ts";

/** Where the consumers tell what they do. */
export interface EventLogger {
  debug(message: string, properties?: Record<string, unknown>): void;
  info(message: string, properties?: Record<string, unknown>): void;
  warn(message: string, properties?: Record<string, unknown>): void;
  error(message: string, properties?: Record<string, unknown>): void;
}

/** What the consumers are handed. */
export interface EventsOptions {
  /** Servers, separated by commas, as NATS_URL has them. */
  readonly natsUrl: string;
  readonly natsDurablePrefix: string;
  readonly natsMaxDeliver: number;
  readonly store: SyncStore;
  /** Users whose newest sync is held in memory. */
  readonly cacheUsers: number;
  readonly logger: EventLogger;
  /** Runs the handling of an event with its ids in the context of every log line. */
  readonly runInRequest: <T>(ids: RequestIds, run: () => T) => T;
  /** After how long the server sends again what was not answered; tests have less time. */
  readonly ackWaitMs?: number;
  /** The time in milliseconds since 1970. */
  readonly now: () => number;
  readonly observer?: EventsObserver | undefined;
}

/** What /health says of one consumer. */
export type ConsumerHealth = HealthResponse["nats"]["consumers"]["signals"];

/** A delay that doubles with every try, from `first` on, up to a minute. */
export function backoff(first: number, tries: number): number {
  return Math.min(first * 2 ** Math.min(Math.max(tries - 1, 0), 20), 60_000);
}
