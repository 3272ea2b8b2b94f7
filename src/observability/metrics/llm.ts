import type { Completion } from "../../llm/completion.ts";
import {
  CALL_OUTCOMES,
  type CallOutcome,
  type LlmObserver,
  RETRY_REASONS,
  type RetryReason,
} from "../../llm/observer.ts";
import { CappedNames } from "./capped_names.ts";
import type { Instruments } from "./instruments.ts";

const SECONDS = [0.05, 0.1, 0.2, 0.5, 1, 2, 3, 5, 7, 10, 15, 20, 30, 60, 120];

/** Counts calls of the LLM gateway. */
export class LlmMetrics implements LlmObserver {
  readonly #calls;
  readonly #duration;
  readonly #retries;
  readonly #tokens;
  readonly #tips;
  readonly #models = new CappedNames();

  constructor(make: Instruments) {
    this.#calls = make.counter(
      "llm_calls_total",
      "Requests to the LLM gateway, by what came of them.",
      ["outcome"],
    );
    this.#duration = make.histogram(
      "llm_call_duration_seconds",
      "How long one request to the LLM gateway took, whatever came of it.",
      SECONDS,
    );
    this.#retries = make.counter(
      "llm_retries_total",
      "Requests made again: the gateway could not answer, or the reply was of no use.",
      ["reason"],
    );
    this.#tokens = make.counter(
      "llm_tokens_total",
      "Tokens used, prompt or completion, by model.",
      ["kind", "model"],
    );
    this.#tips = make.counter(
      "tips_generated_total",
      "Tips written by an LLM, by prompt version.",
      ["prompt_version"],
    );
    for (const outcome of CALL_OUTCOMES) this.#calls.inc({ outcome }, 0);
    for (const reason of RETRY_REASONS) this.#retries.inc({ reason }, 0);
  }

  called(outcome: CallOutcome, ms: number): void {
    this.#calls.inc({ outcome });
    this.#duration.record(ms / 1000);
  }

  completed(completion: Pick<Completion, "model" | "promptTokens" | "completionTokens">): void {
    const model = this.#models.labelOf(completion.model);
    this.#tokens.inc({ kind: "prompt", model }, completion.promptTokens);
    this.#tokens.inc({ kind: "completion", model }, completion.completionTokens);
  }

  retried(reason: RetryReason): void {
    this.#retries.inc({ reason });
  }

  generated(promptVersion: string, tips: number): void {
    this.#tips.inc({ prompt_version: promptVersion }, tips);
  }
}
