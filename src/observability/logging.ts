/**
 * Logging by LogTape: one JSON object a line on stdout, or a line for people, without secrets,
 * and inside a request with the ids of its trace and of itself.
 *
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";
import {
  compareLogLevel,
  configureSync,
  getLevelFilter,
  getLogger,
  type LogLevel,
  type Sink,
  withContext,
  withFilter,
} from "@logtape/logtape";
import { redactByField } from "@logtape/redaction";
import { HIDDEN, HIDDEN_FIELDS, jsonLine, prettyLine } from "./lines.ts";
import { Lines } from "./output.ts";
import type { RequestIds } from "./trace.ts";

/** How to log. */
export interface LoggingOptions {
  /** The lowest level that is logged. A stack is shown where it is debug or lower. */
  readonly level: LogLevel;
  /** JSON unless told otherwise. */
  readonly format?: "json" | "pretty";
  /**
   * Takes each line, without its end. Defaults to stdout, written before the call returns; but
   * requests' own lines some milliseconds later.
   */
  readonly sink?: (line: string) => void;
  /** Who else is told of records, of warnings and above whatever the level: as they are. */
  readonly sinks?: readonly Sink[];
}

/** A request that was answered, as far as the log tells of it. */
export interface LoggedRequest {
  readonly ids: RequestIds;
  readonly method: string;
  /** Its route's pattern: a path holds ids. */
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
}

/** Writes the one line that each request has, whatever else is logged in it. */
export type RequestLog = (request: LoggedRequest) => void;

const REQUESTS = ["http"];

/**
 * Configures the loggers of the whole process; a second call replaces the first.
 *
 * Every line has `level`, `logger` (the category, joined by dots), `timestamp` (ISO 8601, UTC)
 * and `message`, the properties beside them, and the {@linkcode RequestIds} of its request.
 */
export function configureLogging(
  { level, format = "json", sink, sinks = [] }: LoggingOptions,
): RequestLog {
  const colored = Deno.stdout.isTerminal() && !Deno.noColor;
  const formatted = (to: (line: string) => void) =>
    format === "json" ? to : (line: string) => to(prettyLine(line, colored));
  const stdout = new Lines(Deno.stdout);
  const write = formatted(sink ?? ((line) => stdout.write(line)));
  const writeSoon = formatted(sink ?? ((line) => stdout.writeSoon(line)));
  if (!sink) stdout.flushAtEnd();
  const withStack = level === "debug" || level === "trace";
  const lines: Sink = (record) => write(jsonLine(record, withStack));
  const more = Object.fromEntries(sinks.map((each, i) => [`more${i}`, each]));
  const isHigh = sinks.length > 0 && compareLogLevel(level, "warning") > 0;
  const redacted = redactByField(lines, { fieldPatterns: HIDDEN_FIELDS, action: () => HIDDEN });
  configureSync({
    reset: true,
    contextLocalStorage: new AsyncLocalStorage<Record<string, unknown>>(),
    sinks: { ...more, lines: isHigh ? withFilter(redacted, getLevelFilter(level)) : redacted },
    loggers: [
      {
        category: [],
        sinks: ["lines", ...Object.keys(more)],
        lowestLevel: isHigh ? "warning" : level,
      },
      // LogTape's own, which tells of broken sinks; its start-up notice is no news.
      {
        category: ["logtape", "meta"],
        sinks: ["lines"],
        lowestLevel: "warning",
        parentSinks: "override",
      },
    ],
  });
  return getLogger(REQUESTS).isEnabledFor("info") ? requestLog(writeSoon) : () => {};
}

/**
 * Past LogTape and its redaction, which took a quarter of a request's time: every field is made
 * here, and none of them can hold a secret.
 */
function requestLog(write: (line: string) => void): RequestLog {
  return ({ ids: { trace_id, span_id, request_id }, method, route, status, durationMs }) => {
    // A method is a token (RFC 9110, section 9.1), a route is ours: nothing needs to be escaped.
    write(
      `{"level":"info","logger":"http","timestamp":"${new Date().toISOString()}",` +
        `"message":"Request","trace_id":"${trace_id}","span_id":"${span_id}",` +
        `"request_id":"${request_id}","method":"${method}","route":"${route}",` +
        `"status":${status},"duration_ms":${Math.round(durationMs * 1000) / 1000}}`,
    );
  };
}

/** Runs what belongs to one request: every line logged in it, however late, has its ids. */
export function runInRequest<Result>(
  { trace_id, span_id, request_id }: RequestIds,
  run: () => Result,
): Result {
  return withContext({ trace_id, span_id, request_id }, run);
}
