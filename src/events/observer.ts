/** A stream that events are taken from. */
export type EventStream = "signals" | "feedback";

/** How a delivery was answered; `unknown`: acknowledged, as no handler takes its subject. */
export type EventOutcome = "handled" | "unknown" | "naked" | "dead_lettered";

/** Told of every delivery; must return soon, and not throw. */
export interface EventsObserver {
  /** A message came that was delivered before. */
  redelivered(stream: EventStream): void;
  /** @param ageMs since the stream took the message */
  answered(stream: EventStream, outcome: EventOutcome, ageMs: number): void;
}
