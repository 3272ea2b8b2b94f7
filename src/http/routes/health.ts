import { HealthResponse, ReadyResponse } from "../../contract/mod.ts";
import { endpoint } from "../endpoint.ts";
import { NotReadyError } from "../errors.ts";
import type { Services } from "../services.ts";

const IDLE = {
  last_msg_ts: null,
  processed: 0,
  errors: 0,
  unknown: 0,
  pending: 0,
  redelivered: 0,
  dead_lettered: 0,
};

/** What /health says of NATS where NATS_URL is not set. */
export const NATS_OFF: HealthResponse["nats"] = {
  enabled: false,
  connected: false,
  consumers: { signals: IDLE, feedback: IDLE },
};

/** GET /health: the process answers. */
export function health(services: Services) {
  return endpoint({
    tag: "service",
    summary: "Whether the process answers, and how its consumers do",
    answer: HealthResponse,
    access: "open",
    errors: [],
  }, () => services.health());
}

/** GET /ready: requests can be served. */
export function ready(services: Services) {
  return endpoint({
    tag: "service",
    summary: "Whether requests can be served",
    answer: ReadyResponse,
    access: "open",
    errors: [503],
  }, () => {
    const reason = services.ready();
    if (reason !== undefined) throw new NotReadyError(reason);
    return { ready: true as const };
  });
}
