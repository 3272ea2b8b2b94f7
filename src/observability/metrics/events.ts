import type { EventOutcome, EventsObserver, EventStream } from "../../events/observer.ts";
import type { Instruments } from "./instruments.ts";

const STREAMS: readonly EventStream[] = ["signals", "feedback"];
const OUTCOMES: readonly EventOutcome[] = ["handled", "unknown", "naked", "dead_lettered"];

/** Counts events. They are there, as zeros, where NATS_URL is not set. */
export class EventMetrics implements EventsObserver {
  readonly #answered;
  readonly #redelivered;
  readonly #lag;

  constructor(make: Instruments) {
    this.#answered = make.counter(
      "events_total",
      "Deliveries answered, by stream: handled, acknowledged though unknown, sent back (naked), " +
        "or given up (dead_lettered).",
      ["stream", "outcome"],
    );
    this.#redelivered = make.counter(
      "events_redelivered_total",
      "Deliveries of messages that were delivered before, by stream.",
      ["stream"],
    );
    this.#lag = make.gauge(
      "events_lag_seconds",
      "Age of the event that was handled last, when it was handled, by stream.",
      ["stream"],
    );
    for (const stream of STREAMS) {
      for (const outcome of OUTCOMES) this.#answered.inc({ stream, outcome }, 0);
      this.#redelivered.inc({ stream }, 0);
      this.#lag.set({ stream }, 0);
    }
  }

  redelivered(stream: EventStream): void {
    this.#redelivered.inc({ stream });
  }

  answered(stream: EventStream, outcome: EventOutcome, ageMs: number): void {
    this.#answered.inc({ stream, outcome });
    // The server's clock may be ahead of ours.
    if (outcome === "handled") this.#lag.set({ stream }, Math.max(ageMs, 0) / 1000);
  }
}
