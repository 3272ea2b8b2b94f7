import type { Event, Exception, StackFrame } from "@sentry/deno";
import { StoreUnavailableError } from "../store/errors.ts";
import type { Failure } from "./failure.ts";
import { CREDENTIALS } from "./lines.ts";

/** How an event is made. */
export interface EventOptions {
  /** Whether it may hold what errors say, which may name users and tips. */
  readonly sendIds: boolean;
  readonly parseStack: (stack: string) => StackFrame[];
}

/** The properties of a record that are sent; none of them is a caller's to choose. */
const TAGS = ["request_id", "method", "route", "stream", "seq", "subject", "deliveries"];

/** Causes of causes that are sent. */
const MOST_CAUSES = 5;
const MOST_CHARACTERS = 1000;

/** The folder of the program; the rest of a path is nobody's business. */
const ROOT = new URL(import.meta.url).pathname.slice(
  0,
  -"src/observability/sentry_event.ts".length,
);

/** Where Deno keeps packages, in a folder that differs by the machine. */
const PACKAGES = "/registry.npmjs.org/";

/** The event that tells Sentry of a failure: of its kind and place, and by default no data. */
export function sentryEvent(failure: Failure, options: EventOptions): Event {
  const { level, logger, what, error, at, properties } = failure;
  const tags = TAGS.flatMap((name) => {
    const value = properties[name];
    return typeof value === "string" || typeof value === "number" ? [[name, value]] : [];
  });
  const { trace_id, span_id } = properties;
  return {
    level,
    logger,
    timestamp: at / 1000,
    tags: Object.fromEntries(tags),
    ...(typeof trace_id === "string" && typeof span_id === "string" && {
      contexts: { trace: { trace_id, span_id } },
    }),
    exception: { values: exceptions(error, what, options).reverse() },
  };
}

/** The error and its causes, outermost first. */
function exceptions(thrown: unknown, what: string, options: EventOptions): Exception[] {
  const values: Exception[] = [];
  let error = thrown;
  do {
    const first = values.length === 0;
    const said = messageOf(error, options);
    const value = first && said === undefined ? what : said;
    values.push({
      type: typeOf(error),
      ...(value !== undefined && { value }),
      ...(error instanceof Error && { stacktrace: { frames: frames(error, options) } }),
    });
    error = error instanceof Error ? error.cause : undefined;
  } while (error !== undefined && values.length <= MOST_CAUSES);
  return values;
}

function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return "NonError";
  return /^\w{1,64}$/.test(error.name) ? error.name : "Error";
}

/** What an error says, where that may be told: the store's own sentences are the same for all. */
function messageOf(error: unknown, { sendIds }: EventOptions): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (!sendIds && !(error instanceof StoreUnavailableError)) return undefined;
  return error.message.slice(0, MOST_CHARACTERS).toWellFormed().replace(CREDENTIALS, "***");
}

/** Where an error is from. Its stack begins with its message, which could pass for a frame. */
function frames({ stack = "", message }: Error, { parseStack }: EventOptions): StackFrame[] {
  const [head = "", colon] = /^[\w.$]*(?: \[\w+\])?(: )?/.exec(stack) ?? [];
  const rest = stack.slice(head.length);
  // A message that was changed since cannot be told from the frames: nothing of it is sent.
  if (!rest.startsWith(colon ? `${message}\n` : "\n")) return [];
  return parseStack(colon ? rest.slice(message.length) : rest)
    .map(({ filename = "", function: name, lineno, colno }) => ({
      ...place(filename),
      ...(name !== undefined && { function: name }),
      ...(lineno !== undefined && { lineno }),
      ...(colno !== undefined && { colno }),
    }));
}

function place(filename: string): StackFrame {
  if (filename.startsWith(ROOT)) {
    return { filename: `app:///${filename.slice(ROOT.length)}`, in_app: true };
  }
  const ofPackage = filename.indexOf(PACKAGES);
  const from = ofPackage < 0 ? filename.lastIndexOf("/") + 1 : ofPackage + PACKAGES.length;
  const isRuntimes = /^(?:ext|node):/.test(filename);
  return { filename: isRuntimes ? filename : filename.slice(from), in_app: false };
}
