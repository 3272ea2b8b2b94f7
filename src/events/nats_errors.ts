import { JetStreamApiError, JetStreamError } from "@nats-io/jetstream";
import { errors } from "@nats-io/nats-core";

const TYPES = [...Object.values(errors), JetStreamApiError, JetStreamError];
/** The client does not export its class: a server without JetStream. */
const NOT_ENABLED = "JetStreamNotEnabled";

/** Whether the server, or the way to it, is what failed. */
export function isNatsError(error: unknown): boolean {
  return TYPES.some((type) => error instanceof type) ||
    error instanceof Error && error.name === NOT_ENABLED;
}
