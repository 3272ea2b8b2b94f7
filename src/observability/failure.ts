import type { LogRecord } from "@logtape/logtape";

/** Something that went wrong, as the log tells it. */
export interface Failure {
  readonly level: "warning" | "error" | "fatal";
  /** The logger's category, joined by dots. */
  readonly logger: string;
  /** What went wrong: the message as the code has it, before anything is filled in. */
  readonly what: string;
  readonly error: unknown;
  /** ms since the epoch. */
  readonly at: number;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** The failure that a record tells of; undefined where it carries no error. */
export function failureOf(record: LogRecord): Failure | undefined {
  const { level, category, rawMessage, timestamp: at, properties } = record;
  if (level !== "warning" && level !== "error" && level !== "fatal") return undefined;
  const { error, ...rest } = properties;
  if (error === undefined) return undefined;
  const what = typeof rawMessage === "string" ? rawMessage : rawMessage.join("");
  return { level, logger: category.join("."), what, error, at, properties: rest };
}
