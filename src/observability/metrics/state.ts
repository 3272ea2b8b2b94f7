import type { HealthResponse } from "../../contract/mod.ts";
import type { Instruments } from "./instruments.ts";

/** What the service knows of itself, and when it is asked for. */
export interface ServiceState {
  /** MAX_WAITING. */
  readonly maxWaiting: number;
  /** CACHE_USERS. */
  readonly cacheUsers: number;
  waitingCalls(): number;
  waitingWrites(): number;
  usersInMemory(): number;
  /** Undefined where it is ready, else why it is not. */
  ready(): string | undefined;
  nats(): HealthResponse["nats"];
}

/** What is read when the metrics are. */
export function registerState(make: Instruments, state: ServiceState): void {
  make.reading(
    "ready",
    "1 where /ready answers 200, else 0.",
    () => state.ready() === undefined ? 1 : 0,
  );
  make.reading(
    "store_waiting_writes",
    "Writes asked for and not durable yet.",
    () => state.waitingWrites(),
  );
  make.reading(
    "waiting_calls",
    "Calls that wait for the store, or for another call of their user.",
    () => state.waitingCalls(),
  );
  make.gauge("waiting_calls_limit", "MAX_WAITING.").set(state.maxWaiting);
  make.reading("users_in_memory", "Users in memory.", () => state.usersInMemory());
  make.gauge("users_in_memory_limit", "CACHE_USERS.").set(state.cacheUsers);
  make.reading(
    "events_enabled",
    "1 where NATS_URL is set, else 0.",
    () => state.nats().enabled ? 1 : 0,
  );
  make.reading(
    "events_connected",
    "1 where there is a connection to NATS, else 0.",
    () => state.nats().connected ? 1 : 0,
  );
  const pending = make.gauge(
    "events_pending",
    "Messages in the stream that were not delivered yet, by stream; known to some seconds.",
    ["stream"],
    () => {
      for (const [stream, consumer] of Object.entries(state.nats().consumers)) {
        pending.set({ stream }, consumer.pending);
      }
    },
  );
}
