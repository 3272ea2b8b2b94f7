import { POLICIES, type Policy } from "../../src/bandit/policies.ts";
import { Scorer, type ScorerOptions } from "../../src/bandit/scorer.ts";
import { MemoryStore } from "../../src/store/mod.ts";

export const DECISION_LOG_SIZE = 100;
export const IDEMPOTENCY_WINDOW = 16;

/** The policy with this name. */
export function policyOf(name: string): Policy {
  const policy = POLICIES.find((each) => each.name === name);
  if (!policy) throw new Error(`no policy ${name}`);
  return policy;
}

/** A scorer on an empty memory store, greedy unless told otherwise. */
export function makeScorer(over: Partial<ScorerOptions> = {}): Scorer {
  return new Scorer({
    store: new MemoryStore({ decisionLogSize: DECISION_LOG_SIZE }),
    alpha: 1,
    epsilon: 0,
    random: Math.random,
    now: Date.now,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    decisionLogSize: DECISION_LOG_SIZE,
    idempotencyWindow: IDEMPOTENCY_WINDOW,
    cacheUsers: 100,
    maxWaiting: 5000,
    ...over,
  });
}

/** A test with all sanitizers on. */
export function test(name: string, fn: (t: Deno.TestContext) => void | Promise<void>): void {
  Deno.test({ name, fn, sanitizeOps: true, sanitizeResources: true, sanitizeExit: true });
}
