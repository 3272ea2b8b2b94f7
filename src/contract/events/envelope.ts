import { z } from "zod";

/** The namespace of every event here: what the ids of their JSON Schemas begin with. */
export const NAMESPACE = "oo.events.v1";

/**
 * A time as ISO 8601 writes it. Without an offset it is UTC: Python's `isoformat()` leaves the
 * offset out.
 */
export const EventTime = z.iso.datetime({ offset: true, local: true });

/** CloudEvents 1.0, structured: what any event may come in. Other attributes are left alone. */
export const Envelope = z.looseObject({
  specversion: z.literal("1.0"),
  type: z.string().min(1),
  id: z.string().min(1).optional().describe("Logged with the event"),
  source: z.string().optional(),
  time: EventTime.nullish().describe("When it happened, where the data does not say"),
  data: z.unknown().describe("The event"),
}).meta({ id: `${NAMESPACE}.Envelope` });
/** CloudEvents 1.0. */
export type Envelope = z.infer<typeof Envelope>;

/** Whether a payload means to be an envelope; it may still be a wrong one. */
export function isEnveloped(payload: unknown): boolean {
  return typeof payload === "object" && payload !== null &&
    ["specversion", "type", "data"].every((name) => Object.hasOwn(payload, name));
}
