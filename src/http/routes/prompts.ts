import { PromptsResponse, PromptStatsResponse } from "../../contract/mod.ts";
import { endpoint } from "../endpoint.ts";
import type { Services } from "../services.ts";

/** GET /prompts. */
export function prompts({ tips }: Services) {
  return endpoint({
    tag: "generate",
    summary: "The prompt versions there are",
    answer: PromptsResponse,
    errors: [],
  }, () => tips.prompts());
}

/** GET /prompts/stats. */
export function promptStats({ scorer }: Services) {
  return endpoint({
    tag: "generate",
    summary: "What became of the tips of each prompt version",
    description: "Counted are decisions whose chosen candidate named its prompt_version, and the " +
      "rewards given by their decision_id. A reset of a user takes nothing away.",
    answer: PromptStatsResponse,
    errors: [503],
  }, () => scorer.promptStats());
}
