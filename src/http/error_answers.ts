import type { TypedResponse } from "hono";
import {
  DecisionGoneError,
  DecisionMismatchError,
  IdempotencyKeyReusedError,
  NoCandidatesError,
  OverloadedError,
  UnknownDecisionError,
} from "../bandit/errors.ts";
import type { ErrorResponse } from "../contract/mod.ts";
import {
  EventsOffError,
  EventsUnavailableError,
  UnknownDeadLetterError,
} from "../events/errors.ts";
import { ConflictError, NewerRecordError, StoreUnavailableError } from "../store/errors.ts";
import {
  CallerGoneError,
  GatewayError,
  GatewayUnreachableError,
  InvalidReplyError,
  UnknownPromptVersionError,
} from "../llm/errors.ts";
import type { RequestIds } from "../observability/trace.ts";
import type { RequestLogger } from "./services.ts";
import {
  BodyAbortedError,
  BodyTooLargeError,
  ForbiddenError,
  InvalidRequestError,
  MethodNotAllowedError,
  NoSyncError,
  NotFoundError,
  NotReadyError,
  RateLimitedError,
  RequestTimeoutError,
  UnauthorizedError,
  UnknownUserError,
  UnsupportedMediaTypeError,
  UriTooLongError,
} from "./errors.ts";

/** Every status of an answer that is not a success, and what it means. */
export const ERROR_STATUSES = {
  400: "The body could not be read to its end, or nobody waits for the answer",
  401: "No token was sent, or one that is not known",
  403: "The token does not open this, or there is none to open it: the answer says which",
  404: "No such path, user, decision, sync of the user, or dead letter",
  405: "The path takes other methods: see Allow",
  408: "The body did not come in time",
  410: "The decision is too old to be rewarded, or from before a reset",
  413: "The body is larger than 1 MiB",
  414: "The URL is longer than 8 KiB",
  415: "The body is not application/json",
  422: "The request is not valid: a list of problems, or a sentence",
  429: "More requests in this second than one client may send",
  500: "The service failed; its log says why",
  502: "The LLM gateway refused, or what it wrote is of no use",
  503: "Nothing was changed; with Retry-After, the same request may succeed later",
} as const;

/** A status of {@linkcode ERROR_STATUSES}. */
export type ErrorStatus = keyof typeof ERROR_STATUSES;

/** Any answer that is not a success, as Hono's types know it. */
export type ErrorAnswer = Response & TypedResponse<ErrorResponse, ErrorStatus, "json">;

interface Answer {
  readonly status: ErrorStatus;
  readonly detail: ErrorResponse["detail"];
  readonly headers?: Record<string, string>;
  readonly log?: "warn" | "error";
  /** Whether the sentence ends with the request's id, for whoever looks into the log. */
  readonly named?: boolean;
}

interface Row {
  readonly type: abstract new (...args: never[]) => Error;
  readonly answer: (error: Error) => Answer | undefined;
}

/** A row of the table: how errors of one class are answered. */
function row<E extends Error>(
  type: abstract new (...args: never[]) => E,
  status: ErrorStatus,
  detail: string | ((error: E) => ErrorResponse["detail"]),
  more?: { headers?: (error: E) => Record<string, string>; log?: "warn"; named?: true },
): Row {
  const answer = (error: Error): Answer | undefined => {
    if (!(error instanceof type)) return undefined;
    return {
      status,
      detail: typeof detail === "string" ? detail : detail(error),
      ...(more?.headers && { headers: more.headers(error) }),
      ...(more?.log && { log: more.log }),
      ...(more?.named && { named: true }),
    };
  };
  return { type, answer };
}

const message = (error: Error) => error.message;
const retry = { headers: () => ({ "Retry-After": "1" }), log: "warn" } as const;

/** Every error that callers are told of. Messages of the store's stay in the log. */
const TABLE: readonly Row[] = [
  row(InvalidRequestError, 422, ({ problems }) => problems),
  row(NoCandidatesError, 422, "No candidates"),
  row(UnknownDecisionError, 404, message),
  row(DecisionGoneError, 410, message),
  row(DecisionMismatchError, 422, message),
  row(IdempotencyKeyReusedError, 422, message),
  row(ConflictError, 503, "The user was changed at the same time; try again", retry),
  row(StoreUnavailableError, 503, "The store is not available; try again", retry),
  // Not logged one by one: the requests' own lines tell how many.
  row(OverloadedError, 503, "Too many calls wait for the store; try again", {
    headers: () => ({ "Retry-After": "1" }),
  }),
  row(NewerRecordError, 503, "The record was written by a newer version", { log: "warn" }),
  row(NotReadyError, 503, message),
  row(EventsOffError, 503, message),
  row(EventsUnavailableError, 503, "NATS is not available; try again", retry),
  row(UnknownDeadLetterError, 404, message),
  row(NotFoundError, 404, "Not Found"),
  row(NoSyncError, 404, message),
  row(UnknownUserError, 404, message),
  row(MethodNotAllowedError, 405, message, {
    headers: ({ allowed }) => ({ Allow: allowed.join(", ") }),
  }),
  row(UnknownPromptVersionError, 422, message),
  row(GatewayError, 502, message, { log: "warn", named: true }),
  row(InvalidReplyError, 502, message, { log: "warn", named: true }),
  row(GatewayUnreachableError, 503, message, {
    headers: ({ retryAfterS }) => ({ "Retry-After": String(retryAfterS) }),
    log: "warn",
    named: true,
  }),
  row(CallerGoneError, 400, "The caller went away"),
  row(BodyAbortedError, 400, "The body ended early"),
  row(BodyTooLargeError, 413, "The body is larger than 1 MiB"),
  row(RequestTimeoutError, 408, "The body did not come in time; send it faster, or a smaller one", {
    headers: () => ({ Connection: "close" }),
  }),
  row(UriTooLongError, 414, "The URL is longer than 8 KiB"),
  row(UnauthorizedError, 401, message, {
    headers: ({ sent }) => ({
      "WWW-Authenticate": `Bearer realm="tip-scorer"${sent ? ', error="invalid_token"' : ""}`,
    }),
  }),
  row(ForbiddenError, 403, message),
  // A second is what a client's requests are counted in.
  row(RateLimitedError, 429, "Too many requests in this second; try again in the next", {
    headers: () => ({ "Retry-After": "1" }),
  }),
  row(UnsupportedMediaTypeError, 415, "The Content-Type must be application/json"),
];

const UNEXPECTED: Answer = { status: 500, detail: "Internal Server Error", log: "error" };

/** The classes the table answers, for the test that holds it complete. */
export const ANSWERED_ERRORS = TABLE.map(({ type }) => type);

/** The request that failed. */
export interface FailedRequest {
  readonly ids: RequestIds;
  readonly method: string;
  /** Its route's pattern: the path holds a user's id. */
  readonly route: string;
}

/** The answer to a request that failed; what callers are not told is logged. */
export function errorResponse(
  error: Error,
  { ids, method, route }: FailedRequest,
  logger: RequestLogger,
): Response {
  let answer = UNEXPECTED;
  for (const row of TABLE) answer = row.answer(error) ?? answer;
  if (answer.log) logger[answer.log]("Request failed", { method, route, error });
  const detail = answer.named ? `${answer.detail} (request ${ids.request_id})` : answer.detail;
  const response = Response.json({ detail }, {
    status: answer.status,
    headers: answer.headers ?? {},
  });
  return method === "HEAD" ? new Response(null, response) : response;
}
