import type { RequestIds, Services } from "./services.ts";

type Fetch<Rest extends unknown[]> = (
  request: Request,
  ...rest: Rest
) => Response | Promise<Response>;

/**
 * A W3C traceparent (Trace Context, section 3.2): any version but ff, which may add fields to
 * those of version 00; ids of zeros are not valid.
 */
const TRACEPARENT =
  /^(?:00(?=.{53}$)|(?!00|ff)[\da-f]{2})-(?!0+-)([\da-f]{32})-(?!0+-)[\da-f]{16}-[\da-f]{2}(?:-|$)/;

/** The ids of a request: its caller's trace if it sent one, else a trace of its own. */
export function requestIds(traceparent: string | null): RequestIds {
  const request_id = crypto.randomUUID();
  const trace_id = traceparent === null ? undefined : TRACEPARENT.exec(traceparent)?.[1];
  return { request_id, trace_id: trace_id ?? request_id.replaceAll("-", "") };
}

/**
 * Gives every request its ids, in the log and in the answer. It wraps the whole app rather than
 * being a middleware, so that no route but its own matches a path: 404 and 405 are told by that.
 */
export function inRequestScope<Rest extends unknown[]>(
  fetch: Fetch<Rest>,
  services: Services,
): Fetch<Rest> {
  return (request, ...rest) => {
    const ids = requestIds(request.headers.get("traceparent"));
    return services.runInRequest(ids, async () => {
      const response = await fetch(request, ...rest);
      response.headers.append("x-request-id", ids.request_id);
      return response;
    });
  };
}
