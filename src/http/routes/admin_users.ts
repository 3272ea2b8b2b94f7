import { ExportedUser, OkResponse } from "../../contract/mod.ts";
import { exportUser } from "../../export/user.ts";
import { userEndpoint } from "../endpoint.ts";
import { UnknownUserError } from "../errors.ts";
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

/** GET /admin/users/{user_id}. */
export function exportedUser({ stored }: Services) {
  return userEndpoint({
    id: "export_user",
    tag: "admin",
    summary: "All that is kept about a user",
    description: "As a line of the export command holds it. No texts of tips or tasks are kept.",
    answer: ExportedUser,
    access: "operator",
    errors: [404, 422, 503],
  }, async (userId) => {
    const found = await stored(userId);
    if (found === undefined) throw new UnknownUserError("Nothing is kept of this user");
    return exportUser(found);
  });
}
