import { SyncResponse } from "../../contract/mod.ts";
import { userEndpoint } from "../endpoint.ts";
import { NoSyncError } from "../errors.ts";
import type { Services } from "../services.ts";

/** GET /sync/{user_id}: what the newest sync event said. */
export function sync({ getSync }: Services) {
  return userEndpoint({
    tag: "user",
    summary: "A user's newest task sync",
    answer: SyncResponse,
    errors: [404, 422, 503],
  }, async (userId) => {
    const record = await getSync(userId);
    if (record === undefined) throw new NoSyncError("No sync of this user");
    return { user_id: userId, last_sync_ts: record.lastSyncTs, task_count: record.taskCount };
  });
}
