import { OkResponse } from "../../contract/mod.ts";
import { userEndpoint } from "../endpoint.ts";
import type { Services } from "../services.ts";

/** DELETE /admin/users/{user_id}: also where nothing was known of the user. */
export function eraseUser({ erase }: Services) {
  return userEndpoint({
    id: "erase_user",
    tag: "admin",
    summary: "Remove all that is kept about a user",
    description: "Models, counters, decisions and the sync record. Nothing is known of the user " +
      "afterwards: an earlier decision_id is a 404, and an Idempotency-Key counts anew.",
    answer: OkResponse,
    access: "operator",
    writes: true,
    errors: [422, 503],
  }, async (userId) => {
    await erase(userId);
    return { ok: true as const };
  });
}
