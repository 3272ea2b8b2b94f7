import type { Problem } from "../contract/mod.ts";

/** The request is not what the contract says; `problems` tells where. */
export class InvalidRequestError extends Error {
  override readonly name = "InvalidRequestError";

  constructor(readonly problems: Problem[]) {
    super("The request is not valid");
  }
}

/** The connection ended before the body did. */
export class BodyAbortedError extends Error {
  override readonly name = "BodyAbortedError";
}

/** The body is larger than the service reads. */
export class BodyTooLargeError extends Error {
  override readonly name = "BodyTooLargeError";
}

/** The body is not said to be JSON. */
export class UnsupportedMediaTypeError extends Error {
  override readonly name = "UnsupportedMediaTypeError";
}

/** No route has this path. */
export class NotFoundError extends Error {
  override readonly name = "NotFoundError";
}

/** Nothing is kept of this user. */
export class UnknownUserError extends Error {
  override readonly name = "UnknownUserError";
}

/** No sync event of this user was ever kept. */
export class NoSyncError extends Error {
  override readonly name = "NoSyncError";
}

/** The path has routes, for other methods. */
export class MethodNotAllowedError extends Error {
  override readonly name = "MethodNotAllowedError";

  constructor(readonly allowed: readonly string[]) {
    super("Method Not Allowed");
  }
}

/** The service does not take requests now; `message` says why. */
export class NotReadyError extends Error {
  override readonly name = "NotReadyError";
}

/** The caller sent no token, or one that is not known. */
export class UnauthorizedError extends Error {
  override readonly name = "UnauthorizedError";

  /** @param sent whether a token was sent */
  constructor(readonly sent: boolean) {
    super(
      sent
        ? "The token is not one of API_TOKEN or ADMIN_TOKEN"
        : "Send a token of API_TOKEN or ADMIN_TOKEN, as the header Authorization: Bearer TOKEN",
    );
  }
}

/** The caller may not do this; `message` says what would be needed. */
export class ForbiddenError extends Error {
  override readonly name = "ForbiddenError";
}

/** The body did not come within REQUEST_TIMEOUT_S. */
export class RequestTimeoutError extends Error {
  override readonly name = "RequestTimeoutError";
}

/** The URL is longer than the service reads. */
export class UriTooLongError extends Error {
  override readonly name = "UriTooLongError";
}

/** The client sends more requests than RATE_LIMIT_PER_S allows. */
export class RateLimitedError extends Error {
  override readonly name = "RateLimitedError";
}
