import { z } from "zod";
import { MAX_ID_LENGTH } from "./ids.ts";

/**
 * What a dead letter is called: the stream that it came from, and its number there. A stream's
 * name has no blanks, control characters, `.`, `*` or `>`.
 */
export const DeadLetterName = z.string().max(MAX_ID_LENGTH)
  // deno-lint-ignore no-control-regex -- they are what it refuses; OpenAPI's engines know no \p{Cc}
  .regex(/^[^\u0000-\u0020\u007f-\u00a0.*>]+\.[0-9]+$/, "must be like signals.17");

/** An event that was given up, without its payload. */
export const DeadLetter = z.object({
  name: z.string().describe("The stream that it came from, and its number there: signals.17"),
  subject: z.string().describe("Where it was published, and a replay publishes it again"),
  reason: z.string(),
  deliveries: z.int(),
  first_time: z.string().describe("When the stream took it"),
  last_time: z.string().describe("When it was given up"),
  trace_id: z.string().nullable().describe("What the log of its last try calls its trace"),
}).meta({ id: "DeadLetter" });
/** An event that was given up, without its payload. */
export type DeadLetter = z.infer<typeof DeadLetter>;

/** An event that was given up. */
export const WholeDeadLetter = DeadLetter.extend({
  payload: z.string().optional().describe("Where it is UTF-8"),
  payload_base64: z.string().optional().describe("Where it is not"),
}).meta({ id: "WholeDeadLetter" });
/** An event that was given up. */
export type WholeDeadLetter = z.infer<typeof WholeDeadLetter>;

/** The most dead letters of one page. */
export const MAX_DEAD_LETTERS = 1000;

/** GET /admin/dead-letters: some of them, oldest first. */
export const DeadLettersResponse = z.object({
  letters: z.array(DeadLetter),
  next: z.int().nullable().describe("The ?after= of the page behind it; null where there is none"),
}).meta({ id: "DeadLettersResponse" });
/** GET /admin/dead-letters. */
export type DeadLettersResponse = z.infer<typeof DeadLettersResponse>;

/** GET /admin/dead-letters/{name}. */
export const DeadLetterResponse = z.object({
  letters: z.array(WholeDeadLetter).min(1)
    .describe("More than one only where their stream was made anew, and counts from 1 again"),
}).meta({ id: "DeadLetterResponse" });
/** GET /admin/dead-letters/{name}. */
export type DeadLetterResponse = z.infer<typeof DeadLetterResponse>;

/** POST /admin/dead-letters/{name}/replay. */
export const ReplayResponse = z.object({ replayed: z.int() }).meta({ id: "ReplayResponse" });
/** POST /admin/dead-letters/{name}/replay. */
export type ReplayResponse = z.infer<typeof ReplayResponse>;

/** DELETE /admin/dead-letters/{name}. */
export const PurgeResponse = z.object({ purged: z.int() }).meta({ id: "PurgeResponse" });
/** DELETE /admin/dead-letters/{name}. */
export type PurgeResponse = z.infer<typeof PurgeResponse>;
