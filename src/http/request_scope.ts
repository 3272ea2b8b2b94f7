import type { RequestIds, Services } from "./services.ts";

/** What every handler finds in its context's `env`. */
export interface AppEnv {
  readonly Bindings: { readonly ids: RequestIds };
}

/**
 * A W3C traceparent (Trace Context, section 3.2): any version but ff, which may add fields to
 * those of version 00; ids of zeros are not valid.
 */
const TRACEPARENT =
  /^(?:00(?=.{53}$)|(?!00|ff)[\da-f]{2})-(?!0+-)([\da-f]{32})-(?!0+-)[\da-f]{16}-[\da-f]{2}(?:-|$)/;

/** A traceparent (as above, section 3.2) for a call that a request makes: its trace, a new span. */
export function traceparentOf({ trace_id }: RequestIds): string {
  return `00-${trace_id}-${crypto.randomUUID().replaceAll("-", "").slice(0, 16)}-01`;
}

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
export function inRequestScope(
  fetch: (request: Request, env: AppEnv["Bindings"]) => Response | Promise<Response>,
  services: Services,
): (request: Request) => Promise<Response> {
  return (request) => {
    const ids = requestIds(request.headers.get("traceparent"));
    return services.runInRequest(ids, async () => {
      const response = await fetch(request, { ids });
      response.headers.append("x-request-id", ids.request_id);
      return response;
    });
  };
}
