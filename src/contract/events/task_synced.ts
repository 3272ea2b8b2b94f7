import { z } from "zod";
import { UserId } from "../ids.ts";
import { EventTime, NAMESPACE } from "./envelope.ts";

/** `signals.task.synced`: a user's tasks were fetched from where they live. */
export const TaskSynced = z.object({
  user_id: UserId,
  task_count: z.int().min(0),
  ts: EventTime.nullish().describe("When the sync ended; else when the event happened"),
}).meta({ id: `${NAMESPACE}.TaskSynced` });
/** `signals.task.synced`. */
export type TaskSynced = z.infer<typeof TaskSynced>;
