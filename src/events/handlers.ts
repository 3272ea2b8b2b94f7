import type { z } from "zod";
import { Envelope, isEnveloped, TaskSynced, TipFeedback } from "../contract/events/mod.ts";
import type { EventLogger } from "./options.ts";
import type { SyncRecords } from "./sync_records.ts";

/** The payload is not what its subject promises; it will not be, however often it comes. */
export class InvalidEventError extends Error {
  override readonly name = "InvalidEventError";
}

/** What a message says of an event beside its data. */
export interface Received {
  /** The envelope's time, else when the stream took it. */
  readonly time: string;
  /** The envelope's id. */
  readonly eventId: string | undefined;
}

/** What handlers work with. */
export interface HandlerServices {
  readonly syncRecords: SyncRecords;
  readonly logger: EventLogger;
}

/** Checks a payload and does what the event asks for. */
export type Handler = (
  payload: unknown,
  received: Received,
  services: HandlerServices,
) => Promise<void>;

function problemsOf({ issues }: z.ZodError): string {
  return issues.slice(0, 5).map(({ path, message }) => `${path.join(".") || "event"}: ${message}`)
    .join("; ");
}

function check<T>(schema: z.ZodType<T>, payload: unknown): T {
  const parsed = schema.safeParse(payload);
  if (!parsed.success) throw new InvalidEventError(problemsOf(parsed.error));
  return parsed.data;
}

/** A row of the table: what the schema accepts is handled. */
function on<T>(
  schema: z.ZodType<T>,
  run: (event: T, received: Received, services: HandlerServices) => Promise<void> | void,
): Handler {
  return async (payload, received, services) => {
    await run(check(schema, payload), received, services);
  };
}

/** Every subject that means something here. */
export const HANDLERS: ReadonlyMap<string, Handler> = new Map([
  [
    "signals.task.synced",
    on(TaskSynced, async ({ user_id, task_count, ts }, { time, eventId }, services) => {
      const record = { lastSyncTs: ts ?? time, taskCount: task_count };
      const written = await services.syncRecords.keepNewest(user_id, record);
      services.logger.debug("Task sync", { user_id, event_id: eventId, written });
    }),
  ],
  [
    "signals.tip.feedback",
    on(TipFeedback, ({ user_id, tip_id, action }, { eventId }, { logger }) => {
      // Not learned from: the reward comes over HTTP, and would count twice.
      logger.info("Tip feedback", { user_id, tip_id, action, event_id: eventId });
    }),
  ],
]);

const decoder = new TextDecoder("utf-8", { fatal: true });

function parseJson(data: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(data));
  } catch {
    throw new InvalidEventError("The payload is not JSON in UTF-8");
  }
}

/**
 * Handles a message's payload, flat or in an envelope; `streamTime` is when the stream took it.
 *
 * @throws {InvalidEventError} it will never be right; every other error may pass
 */
export async function handle(
  handler: Handler,
  data: Uint8Array,
  streamTime: string,
  services: HandlerServices,
): Promise<void> {
  const payload = parseJson(data);
  if (!isEnveloped(payload)) {
    return await handler(payload, { time: streamTime, eventId: undefined }, services);
  }
  const envelope = check(Envelope, payload);
  const received = { time: envelope.time ?? streamTime, eventId: envelope.id };
  await handler(envelope.data, received, services);
}
