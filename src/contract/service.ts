import { z } from "zod";

const Consumer = z.object({
  last_msg_ts: z.string().nullable(),
  processed: z.int(),
  errors: z.int(),
  unknown: z.int().describe("Of those processed, how many no handler takes"),
  pending: z.int().describe("In the stream, not yet delivered; known to some seconds"),
  redelivered: z.int(),
  dead_lettered: z.int(),
});

/** GET /health: the process answers; its consumers are told apart. */
export const HealthResponse = z.object({
  ok: z.literal(true),
  nats: z.object({
    enabled: z.boolean(),
    connected: z.boolean(),
    consumers: z.object({ signals: Consumer, feedback: Consumer }),
  }),
}).meta({ id: "HealthResponse" });
/** GET /health. */
export type HealthResponse = z.infer<typeof HealthResponse>;

/** GET /ready: the store answers and no shutdown is under way. */
export const ReadyResponse = z.object({ ready: z.literal(true) }).meta({ id: "ReadyResponse" });
/** GET /ready. */
export type ReadyResponse = z.infer<typeof ReadyResponse>;

/** One thing that is wrong with a request. */
export const Problem = z.object({
  loc: z.array(z.union([z.string(), z.int()])).describe('Where: ["body", "context", …]'),
  msg: z.string(),
  type: z.string(),
}).meta({ id: "Problem" });
/** One thing that is wrong with a request. */
export type Problem = z.infer<typeof Problem>;

/** Every answer that is not a success: a sentence, or a list of what is wrong (422). */
export const ErrorResponse = z.object({
  detail: z.union([z.string(), z.array(Problem)]),
}).meta({ id: "ErrorResponse" });
/** Every answer that is not a success. */
export type ErrorResponse = z.infer<typeof ErrorResponse>;
