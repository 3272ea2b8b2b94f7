import type { AnsweredRequest } from "../../http/services.ts";
import { OTHER } from "./capped_names.ts";
import type { Instruments } from "./instruments.ts";

/** Fine enough to read a p99 from 0.2 ms to 1 s; 50 ms is an edge, as an alert asks for it. */
const SECONDS = [
  ...[0.0001, 0.0002, 0.0003, 0.0005, 0.0007, 0.001, 0.0015, 0.002, 0.003, 0.005, 0.007],
  ...[0.01, 0.015, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1],
  ...[2, 5, 10, 30, 100], // an LLM's
];

/** Callers may send any method. */
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** Counts requests. */
export class HttpMetrics {
  readonly #requests;
  readonly #duration;
  #inFlight = 0;

  constructor(make: Instruments) {
    this.#requests = make.counter(
      "http_requests_total",
      "Requests answered, by method, route and status.",
      ["method", "route", "status"],
    );
    this.#duration = make.histogram(
      "http_request_duration_seconds",
      "From a request's head to its answer's head.",
      SECONDS,
      "route",
    );
    make.reading(
      "http_requests_in_flight",
      "Requests not answered yet, the scrape among them.",
      () => this.#inFlight,
    );
  }

  arrived(): void {
    this.#inFlight++;
  }

  answered({ method, route, status, durationMs }: Omit<AnsweredRequest, "ids">): void {
    this.#inFlight--;
    this.#requests.inc({ method: METHODS.has(method) ? method : OTHER, route, status });
    this.#duration.record(durationMs / 1000, route);
  }
}
