// No message holds what the gateway sent, its URL or the key: callers and the log read messages.

/** How long a caller may wait before it tries a gateway that cannot be reached again. */
const RETRY_AFTER_S = 5;

/** No prompt has this version. */
export class UnknownPromptVersionError extends Error {
  override readonly name = "UnknownPromptVersionError";

  constructor(readonly version: string, readonly known: readonly string[]) {
    super(`Unknown prompt_version: ${version} (known: ${known.join(", ")})`);
  }
}

/** The gateway answered with an error, or with something that is no completion. */
export class GatewayError extends Error {
  override readonly name = "GatewayError";

  /** @param kind what was wrong, like "status 401", "no choices", "reply too large" */
  constructor(readonly kind: string) {
    super(`LiteLLM error: ${kind}`);
  }
}

/** The gateway gave no answer: it is not there, or the connection or the time ended first. */
export class GatewayUnreachableError extends Error {
  override readonly name = "GatewayUnreachableError";

  /**
   * @param kind what happened, like "timeout", "connection refused", "connection cut"
   * @param retryAfterS for the Retry-After of the answer
   */
  constructor(readonly kind: string, readonly retryAfterS: number = RETRY_AFTER_S) {
    super(`LiteLLM unreachable: ${kind}`);
  }
}

/** Why a reply of the LLM cannot be used. */
export type InvalidReplyKind = "not JSON" | "no usable item";

/** What the LLM wrote has no usable tip, and all attempts were made. */
export class InvalidReplyError extends Error {
  override readonly name = "InvalidReplyError";

  constructor(readonly kind: InvalidReplyKind, readonly attempts = 1) {
    super(`LLM returned invalid JSON after ${attempts - 1} retries: ${kind}`);
  }
}

/** Nobody waits for the answer any more. */
export class CallerGoneError extends Error {
  override readonly name = "CallerGoneError";

  constructor() {
    super("The caller went away");
  }
}
