import { z } from "zod";
import { textEndpoint } from "../endpoint.ts";
import type { Services } from "../services.ts";

/** GET /metrics: what Prometheus scrapes. */
export function metrics(services: Services) {
  return textEndpoint({
    tag: "service",
    summary: "Counters, gauges and histograms for Prometheus",
    answer: z.string(),
    contentType: "text/plain; version=0.0.4; charset=utf-8",
    access: "metrics",
    errors: [],
  }, () => services.metrics());
}
