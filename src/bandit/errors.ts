/** The decision_id belongs to no decision of this user. */
export class UnknownDecisionError extends Error {
  override readonly name = "UnknownDecisionError";
}

/** The decision is too old to be rewarded, or from before a reset. */
export class DecisionGoneError extends Error {
  override readonly name = "DecisionGoneError";
}

/** The reward names something else than what was decided: another policy's path, another tip. */
export class DecisionMismatchError extends Error {
  override readonly name = "DecisionMismatchError";
}

/** The Idempotency-Key came before, with another body. */
export class IdempotencyKeyReusedError extends Error {
  override readonly name = "IdempotencyKeyReusedError";
}

/** As many calls wait for the store as may wait; nothing was begun. */
export class OverloadedError extends Error {
  override readonly name = "OverloadedError";

  constructor() {
    super("Too many calls wait for the store");
  }
}

/** A score without candidates. */
export class NoCandidatesError extends Error {
  override readonly name = "NoCandidatesError";
}
