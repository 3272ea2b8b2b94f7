import { type PromptEvent, shownOf } from "../bandit/prompt_counts.ts";
import type { Change } from "./port.ts";

/** What a change adds to the counts by prompt version; undefined where it is nothing. */
export function promptEventOf(change: Change): PromptEvent | undefined {
  if ("decision" in change) return shownOf(change.decision);
  const { reacted } = change;
  return reacted && { reacted: reacted.promptVersion, reward: reacted.reward };
}
