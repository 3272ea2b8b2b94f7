import { z } from "zod";
import { Id, UserId } from "../ids.ts";
import { type Reaction, REACTIONS } from "../reactions.ts";
import { EventTime, NAMESPACE } from "./envelope.ts";

const NAMES = Object.keys(REACTIONS) as [Reaction, ...Reaction[]];

/** `signals.tip.feedback`: a reaction, for the log; the reward of it comes over HTTP. */
export const TipFeedback = z.object({
  user_id: UserId,
  tip_id: Id,
  action: z.enum(NAMES),
  ts: EventTime.nullish(),
}).meta({ id: `${NAMESPACE}.TipFeedback` });
/** `signals.tip.feedback`. */
export type TipFeedback = z.infer<typeof TipFeedback>;
