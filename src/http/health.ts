import { HealthResponse, ReadyResponse } from "../contract/mod.ts";
import { endpoint } from "./endpoint.ts";
import { NotReadyError } from "./errors.ts";
import type { Services } from "./services.ts";

/** GET /health: the process answers. */
export function health(services: Services) {
  return endpoint({
    tag: "service",
    summary: "Whether the process answers, and how its consumers do",
    answer: HealthResponse,
    errors: [],
  }, () => services.health());
}

/** GET /ready: requests can be served. */
export function ready(services: Services) {
  return endpoint({
    tag: "service",
    summary: "Whether requests can be served",
    answer: ReadyResponse,
    errors: [503],
  }, () => {
    const reason = services.ready();
    if (reason !== undefined) throw new NotReadyError(reason);
    return { ready: true as const };
  });
}
