import type { Completion } from "./completion.ts";

/** What came of one request to the gateway. */
export const CALL_OUTCOMES = [
  "ok",
  "no_completion",
  "rate_limited",
  "refused",
  "failed",
  "timeout",
  "unreachable",
  "caller_gone",
] as const;
/** One of {@linkcode CALL_OUTCOMES}. */
export type CallOutcome = typeof CALL_OUTCOMES[number];

/** Why the gateway is asked again: it could not answer, or what the LLM wrote is of no use. */
export const RETRY_REASONS = ["gateway", "reply"] as const;
/** One of {@linkcode RETRY_REASONS}. */
export type RetryReason = typeof RETRY_REASONS[number];

/** Told of the calls to the LLM gateway; must return soon, and not throw. */
export interface LlmObserver {
  called(outcome: CallOutcome, ms: number): void;
  completed(completion: Completion): void;
  retried(reason: RetryReason): void;
  /** So many tips were written by a known version of the prompt. */
  generated(promptVersion: string, tips: number): void;
}

/** The outcome of an answer that is not a success. */
export function outcomeOf(status: number): CallOutcome {
  if (status === 429) return "rate_limited";
  return status >= 500 ? "failed" : "refused";
}
