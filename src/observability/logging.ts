/**
 * Logging by LogTape: one JSON object a line on stdout, without secrets, and inside a request
 * with the ids of its trace and of itself.
 *
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";
import {
  compareLogLevel,
  configureSync,
  getConsoleSink,
  getLevelFilter,
  type LogLevel,
  type LogRecord,
  type Sink,
  withContext,
  withFilter,
} from "@logtape/logtape";
import { redactByField } from "@logtape/redaction";
import type { RequestIds } from "./trace.ts";

/**
 * The fields that are never logged, at any depth: credentials, and what is written to or by
 * users. By their ends, so that `access_token` is hidden and `prompt_tokens` is not.
 */
const REDACTED_FIELDS = [
  /(authorization|cookies?|credentials?|dsn|key|pass(phrase|wd|word)|secret|token)$/i,
  /(content|rationale)$/i,
];
const HIDDEN = "***";

/** A credential that came in a text all the same, above all a driver's message with its URL. */
export const CREDENTIALS = /(?<=:\/\/)[^\s\/@"\\]+(?=@)|(?<=\bBearer )[^\s"\\]+/g;

/** What a line is known by. Properties that share a name with one of them get a `_`. */
const OWN_FIELDS = new Set(["level", "logger", "timestamp", "message"]);

/** The console's other methods write to stderr. */
const LEVELS_TO_STDOUT = {
  trace: "log",
  debug: "log",
  info: "log",
  warning: "log",
  error: "log",
  fatal: "log",
} as const;

/** How to log. */
export interface LoggingOptions {
  /** The lowest level that is logged. */
  readonly level: LogLevel;
  /** Takes each line, without its end. Defaults to stdout, written before the call returns. */
  readonly sink?: (line: string) => void;
  /** Who else is told of records, of warnings and above whatever the level: as they are. */
  readonly sinks?: readonly Sink[];
}

function describeError(error: Error, withStack: boolean): Record<string, unknown> {
  return {
    name: error.name,
    message: error.message,
    ...(error.cause === undefined ? {} : { cause: error.cause }),
    ...(withStack ? { stack: error.stack } : {}),
  };
}

function replacer(withStack: boolean): (this: unknown, key: string, value: unknown) => unknown {
  const path: unknown[] = [];
  return function (_key, value) {
    if (typeof value === "bigint") return value.toString();
    if (typeof value === "number" && !Number.isFinite(value)) return String(value);
    if (typeof value !== "object" || value === null) return value;
    // `this` holds the value: what lies deeper on the path has been left.
    path.splice(path.indexOf(this) + 1);
    if (path.includes(value)) return "[circular]";
    path.push(value);
    if (!(value instanceof Error)) return value;
    const described = describeError(value, withStack);
    path.push(described);
    return described;
  };
}

function messageOf(record: LogRecord): string {
  return record.message.map((part, i) =>
    i % 2 === 0 || typeof part === "string" ? part : Deno.inspect(part, { breakLength: Infinity })
  ).join("");
}

/** A record as one line of JSON. A stack is shown where the level is debug or lower. */
function formatter(level: LogLevel): (record: LogRecord) => string {
  const withStack = level === "debug" || level === "trace";
  return (record) => {
    const line: Record<string, unknown> = {
      level: record.level,
      logger: record.category.join("."),
      timestamp: new Date(record.timestamp).toISOString(),
      message: messageOf(record),
    };
    for (const [name, value] of Object.entries(record.properties)) {
      line[OWN_FIELDS.has(name) ? `${name}_` : name] = value;
    }
    return JSON.stringify(line, replacer(withStack)).replace(CREDENTIALS, HIDDEN);
  };
}

/**
 * Configures the loggers of the whole process; a second call replaces the first.
 *
 * Every line has `level`, `logger` (the category, joined by dots), `timestamp` (ISO 8601, UTC)
 * and `message`, the properties beside them, and the {@linkcode RequestIds} of its request.
 */
export function configureLogging({ level, sink, sinks = [] }: LoggingOptions): void {
  const format = formatter(level);
  const lines: Sink = sink === undefined
    // Blocking, as the other mode drops lines; and warnings too go to stdout.
    ? getConsoleSink({ formatter: format, levelMap: LEVELS_TO_STDOUT })
    : (record) => sink(format(record));
  const more = Object.fromEntries(sinks.map((each, i) => [`more${i}`, each]));
  const isHigh = sinks.length > 0 && compareLogLevel(level, "warning") > 0;
  const redacted = redactByField(lines, { fieldPatterns: REDACTED_FIELDS, action: () => HIDDEN });
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
}

/** Runs what belongs to one request: every line logged in it, however late, has its ids. */
export function runInRequest<Result>(
  { trace_id, span_id, request_id }: RequestIds,
  run: () => Result,
): Result {
  return withContext({ trace_id, span_id, request_id }, run);
}
