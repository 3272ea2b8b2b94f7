/** NATS_URL is not set: there are no events, and no dead letters. */
export class EventsOffError extends Error {
  override readonly name = "EventsOffError";
}

/** NATS cannot be used just now. */
export class EventsUnavailableError extends Error {
  override readonly name = "EventsUnavailableError";
}

/** No dead letter has this name. */
export class UnknownDeadLetterError extends Error {
  override readonly name = "UnknownDeadLetterError";
}
