import { OkResponse } from "../../contract/mod.ts";
import { userEndpoint } from "../endpoint.ts";
import type { Services } from "../services.ts";

/** POST /reset/{user_id}: needs no body, and reads none. */
export function reset({ scorer }: Services) {
  return userEndpoint({
    tag: "user",
    summary: "Forget a user's models, counters and history",
    description: "Rewards from before it that come again change nothing.",
    answer: OkResponse,
    access: "reset",
    writes: true,
    errors: [422, 503],
  }, async (userId) => {
    await scorer.reset(userId);
    return { ok: true as const };
  });
}
