/**
 * The spans of Deno's own OpenTelemetry (OTEL_DENO=true): it makes one for each request and each
 * fetch, and here none is added. Only imported where it is on.
 *
 * @module
 */
import { trace } from "@opentelemetry/api";
import { type RequestIds, requestIds, type TraceHeaders } from "./trace.ts";

/** The ids of a request: those of its server span, so that log and trace agree. */
export function spanIds(headers: TraceHeaders): RequestIds {
  const ids = requestIds(headers);
  const span = trace.getActiveSpan()?.spanContext();
  if (span === undefined) return ids; // OTEL_DENO_TRACING=false, or the like
  const { request_id, trace_id, tracestate } = ids;
  return {
    trace_id: span.traceId,
    span_id: span.spanId,
    request_id,
    trace_flags: span.traceFlags.toString(16).padStart(2, "0"),
    // Where the span is of another trace, the caller's was not valid.
    ...(tracestate !== undefined && trace_id === span.traceId && { tracestate }),
  };
}

/** Names the server span of the request that is being answered after its route, if it has one. */
export function nameSpan(method: string, route: string): void {
  const span = trace.getActiveSpan();
  if (span === undefined || !route.startsWith("/")) return;
  span.updateName(`${method} ${route}`);
  span.setAttribute("http.route", route);
}
