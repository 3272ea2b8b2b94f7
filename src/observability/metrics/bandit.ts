import type { BanditObserver } from "../../bandit/observer.ts";
import { POLICIES, type Policy } from "../../bandit/policies.ts";
import type { Decision } from "../../bandit/records.ts";
import { CappedNames } from "./capped_names.ts";
import type { Instruments } from "./instruments.ts";

const KERNEL_SECONDS = [
  ...[1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4],
  ...[1e-3, 2e-3, 5e-3, 1e-2],
];

/** Counts decisions, rewards and what they cost. */
export class BanditMetrics implements BanditObserver {
  readonly #decisions;
  readonly #rewards;
  readonly #value;
  readonly #resets;
  readonly #lookups;
  readonly #kernel;
  readonly #sources = new CappedNames();

  constructor(make: Instruments) {
    this.#decisions = make.counter(
      "decisions_total",
      "Tips picked, by policy, the tip's source, and whether the pick was drawn at random.",
      ["policy", "source", "exploring"],
    );
    this.#rewards = make.counter(
      "rewards_total",
      "Rewards answered, by policy; a duplicate changed nothing.",
      ["policy", "duplicate"],
    );
    this.#value = make.counter(
      "reward_value_total",
      "Sum of the rewards learned, by policy: of those above 0, and of the others, without a sign.",
      ["policy", "sign"],
    );
    this.#resets = make.counter("resets_total", "Users made new.");
    this.#lookups = make.counter(
      "user_lookups_total",
      "Looks for a call's user: in memory (hit), or loaded from the store (miss).",
      ["result"],
    );
    this.#kernel = make.histogram(
      "kernel_duration_seconds",
      "Time in the kernel: to encode and rank a decision's candidates, or to learn a reward.",
      KERNEL_SECONDS,
      "operation",
    );
    // From the start, so that the first event is a rise.
    for (const { name: policy } of POLICIES) {
      for (const duplicate of ["false", "true"]) this.#rewards.inc({ policy, duplicate }, 0);
      for (const sign of ["positive", "negative"]) this.#value.inc({ policy, sign }, 0);
    }
    for (const result of ["hit", "miss"]) this.#lookups.inc({ result }, 0);
    for (const operation of ["rank", "learn"]) this.#kernel.announce(operation);
  }

  lookedUp(inMemory: boolean): void {
    this.#lookups.inc({ result: inMemory ? "hit" : "miss" });
  }

  ranked(ms: number): void {
    this.#kernel.record(ms / 1000, "rank");
  }

  updated(ms: number): void {
    this.#kernel.record(ms / 1000, "learn");
  }

  decided({ policy, source, exploring }: Pick<Decision, "policy" | "source" | "exploring">): void {
    this.#decisions.inc({
      policy,
      source: this.#sources.labelOf(source),
      exploring: exploring ? "true" : "false",
    });
  }

  rewarded({ name: policy }: Policy, reward: number, duplicate: boolean): void {
    this.#rewards.inc({ policy, duplicate: duplicate ? "true" : "false" });
    if (duplicate) return;
    const sign = reward > 0 ? "positive" : "negative";
    this.#value.inc({ policy, sign }, Math.abs(reward));
  }

  reset(): void {
    this.#resets.inc();
  }
}
