import { FeaturesResponse } from "../../contract/mod.ts";
import { userEndpoint } from "../endpoint.ts";
import type { Services } from "../services.ts";

/** GET /features/{user_id}: what was decided for a user. */
export function features({ scorer }: Services) {
  return userEndpoint({
    tag: "user",
    summary: "A user's last 100 decisions, oldest first",
    answer: FeaturesResponse,
    errors: [422, 503],
  }, (userId) => scorer.features(userId));
}
