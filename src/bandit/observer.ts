import type { Policy } from "./policies.ts";
import type { Decision } from "./records.ts";

/** Told of what the scorer does, after it is durable; must return soon, and not throw. */
export interface BanditObserver {
  /** A call looked for its user, who was in memory or had to be loaded. */
  lookedUp(inMemory: boolean): void;
  /** The kernel ranked the candidates of a decision, features included. */
  ranked(ms: number): void;
  decided(decision: Decision): void;
  /** A reward was answered; a duplicate changed nothing. */
  rewarded(policy: Policy, reward: number, duplicate: boolean): void;
  /** The kernel learned a reward, which it does where it has the user's model. */
  updated(ms: number): void;
  /** A user who was known was made new. */
  reset(): void;
}
