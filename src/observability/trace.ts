/**
 * W3C Trace Context: the ids of a request, from its caller's headers and on to whatever it calls.
 *
 * @see https://www.w3.org/TR/trace-context-2/
 * @module
 */

/** What a request is known by, in the log and wherever it leads. */
export interface RequestIds {
  /** 32 hex digits: the caller's, or of a trace that starts here. */
  readonly trace_id: string;
  /** 16 hex digits: this request, as a part of its trace. */
  readonly span_id: string;
  /** Answered as `x-request-id`. */
  readonly request_id: string;
  /** 2 hex digits: the caller's trace-flags, or 01, sampled. */
  readonly trace_flags: string;
  /** The caller's, which goes with its traceparent alone. */
  readonly tracestate?: string;
}

/** Where the two headers are read from: those of HTTP, or of NATS, which gives "" for none. */
export interface TraceHeaders {
  get(name: string): string | null;
}

/**
 * A traceparent (section 3.2): any version but ff, which may add fields to those of version 00;
 * ids of zeros are not valid.
 */
const TRACEPARENT =
  /^(?:00(?=.{53}$)|(?!00|ff)[\da-f]{2})-(?!0+-)([\da-f]{32})-(?!0+-)[\da-f]{16}-([\da-f]{2})(?:-|$)/;

const SAMPLED = "01";

/** What must be passed on at the least (section 3.3.1.5); a longer one is dropped as a whole. */
const MAX_TRACESTATE = 512;

/** The ids of what came with these headers: its sender's trace if that is valid, else a new one. */
export function requestIds(headers: TraceHeaders | undefined): RequestIds {
  const request_id = crypto.randomUUID();
  const digits = request_id.replaceAll("-", "");
  const span_id = digits.slice(16); // its half that begins with a digit which is not 0
  const [, trace_id, trace_flags = SAMPLED] = TRACEPARENT.exec(headers?.get("traceparent") ?? "") ??
    [];
  if (trace_id === undefined) {
    return { trace_id: digits, span_id, request_id, trace_flags };
  }
  const tracestate = headers?.get("tracestate") ?? "";
  const goesOn = tracestate !== "" && tracestate.length <= MAX_TRACESTATE;
  return { trace_id, span_id, request_id, trace_flags, ...(goesOn && { tracestate }) };
}

/** What goes with a message that a request sends. */
export function traceHeaders(ids: RequestIds): Record<string, string> {
  const { tracestate } = ids;
  return { traceparent: traceparentOf(ids), ...(tracestate !== undefined && { tracestate }) };
}

/** The traceparent of a call that a request makes, and of its answer's `traceresponse`. */
export function traceparentOf({ trace_id, span_id, trace_flags }: RequestIds): string {
  return `00-${trace_id}-${span_id}-${trace_flags}`;
}
