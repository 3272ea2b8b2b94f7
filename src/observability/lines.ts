import type { LogRecord } from "@logtape/logtape";

/** What stands for what is never shown. */
export const HIDDEN = "***";

/**
 * The fields that are never logged, at any depth: credentials, and what is written to or by
 * users. By their ends, so that `access_token` is hidden and `prompt_tokens` is not.
 */
export const HIDDEN_FIELDS = [
  /(authorization|cookies?|credentials?|dsn|key|pass(phrase|wd|word)|secret|token)$/i,
  /(content|rationale)$/i,
];

/** A credential that came in a text all the same, above all a driver's message with its URL. */
export const CREDENTIALS = /(?<=:\/\/)[^\s\/@"\\]+(?=@)|(?<=\b(?:Bearer|Basic) )[^\s"\\]+/g;

/** What a line is known by. Properties that share a name with one of them get a `_`. */
const OWN_FIELDS = new Set(["level", "logger", "timestamp", "message"]);

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
  return function (key, value) {
    // Again, as the redaction before it does not look into errors.
    if (HIDDEN_FIELDS.some((field) => field.test(key))) return HIDDEN;
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

/** A record as one line of JSON, without credentials. */
export function jsonLine(record: LogRecord, withStack: boolean): string {
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
}

const COLORS: Readonly<Record<string, number>> = {
  trace: 90,
  debug: 90,
  info: 32,
  warning: 33,
  error: 31,
  fatal: 31,
};

/** A text on one line, which cannot steer the terminal that shows it. */
function plain(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (char) => JSON.stringify(char).slice(1, -1));
}

function shown(value: unknown): string {
  if (typeof value === "string" && /^[^\s"\p{Cc}]+$/u.test(value)) return value;
  return plain(JSON.stringify(value));
}

/** Takes the stacks out of an error and its causes, to be shown below the line. */
function takeStacks(value: unknown, stacks: string[]): void {
  if (typeof value !== "object" || value === null) return;
  if ("stack" in value && typeof value.stack === "string") {
    stacks.push(...value.stack.split("\n"));
    delete value.stack;
  }
  if ("cause" in value) takeStacks(value.cause, stacks);
}

/** A line of JSON as people like to read it: the time in UTC, the message, `name=value`. */
export function prettyLine(json: string, colored: boolean): string {
  const { level, logger, timestamp, message, ...properties }: Record<string, unknown> = JSON.parse(
    json,
  );
  const color = (code: number, text: string) => colored ? `\x1b[${code}m${text}\x1b[0m` : text;
  const stacks: string[] = [];
  const pairs = Object.entries(properties).map(([name, value]) => {
    takeStacks(value, stacks);
    return ` ${color(2, `${plain(name)}=`)}${shown(value)}`;
  });
  const time = String(timestamp).slice(11, 23);
  const name = String(level);
  const start = `${color(2, time)} ${color(COLORS[name] ?? 0, name.padEnd(7))} ${logger}`;
  return [`${start}: ${plain(String(message))}${pairs.join("")}`, ...stacks.map(plain)]
    .join("\n    ");
}
