import type { Hono } from "hono";
import type { RouterRoute } from "hono/types";
import { type RequestIds, traceparentOf } from "../observability/trace.ts";
import { Deadlines } from "./deadlines.ts";
import type { Operation } from "./endpoint.ts";
import { errorResponse } from "./error_answers.ts";
import { RequestTimeoutError } from "./errors.ts";
import { rawPath } from "./path.ts";
import { setSecureHeaders } from "./secure_headers.ts";
import type { Services } from "./services.ts";

/** What every handler finds in its context's `env`. */
export interface AppEnv {
  readonly Bindings: {
    readonly ids: RequestIds;
    /** For bodies. */
    readonly deadlines: Deadlines;
  };
}

/** What a request that no route takes is counted as: its path is the caller's to choose. */
const NO_ROUTE = "(none)";

/** A route, and what its endpoint says of itself. */
interface Route {
  readonly route: string;
  readonly operation: Operation | undefined;
}

function describe({ path, handler }: RouterRoute): Route {
  // Only the endpoint functions set the property.
  return {
    route: path,
    operation: "operation" in handler ? handler.operation as Operation : undefined,
  };
}

/** Finds the route of a request. Those without parameters are looked up, as they are in a hurry. */
function routes(app: Hono<AppEnv>): (request: Request) => Route {
  const fixed = new Map(
    app.routes.filter(({ path }) => !path.includes(":"))
      .map((each) => [`${each.method} ${each.path}`, describe(each)]),
  );
  return (request) => {
    const method = request.method === "HEAD" ? "GET" : request.method;
    const path = rawPath(request);
    const found = fixed.get(`${method} ${path}`);
    if (found) return found;
    const [matched] = app.router.match(method, path)[0];
    return matched ? describe(matched[0][1]) : { route: NO_ROUTE, operation: undefined };
  };
}

/** The connection, which Deno.serve gives where Hono has its `env`. */
function infoOf(env: object | undefined): Deno.ServeHandlerInfo | undefined {
  return env && "remoteAddr" in env ? env as Deno.ServeHandlerInfo : undefined;
}

/**
 * What every request goes through: it gets its ids, is let in or refused, is answered, and then
 * told of. It wraps the whole app rather than being a middleware, so that no route but its own
 * matches a path: 404 and 405 are told by that.
 */
export function pipeline(
  app: Hono<AppEnv>,
  services: Services,
): (request: Request, env?: object) => Promise<Response> {
  const { fetch } = app;
  const routeOf = routes(app);
  const deadlines = new Deadlines(services.requestTimeoutMs, () => new RequestTimeoutError());
  return (request, env) => {
    const started = performance.now();
    services.arrived();
    const ids = services.requestIds(request.headers);
    return services.runInRequest(ids, async () => {
      const { route, operation } = routeOf(request);
      const { method } = request;
      let response: Response;
      try {
        const admission = services.admit({ request, operation, info: infoOf(env) });
        if (admission) await admission; // seldom there: a turn of the event loop is saved
        response = await fetch(request, { ids, deadlines });
      } catch (thrown) {
        const error = thrown instanceof Error
          ? thrown
          : new Error("What was thrown is no error", { cause: thrown });
        response = errorResponse(error, { ids, method, route }, services.logger);
      }
      const { headers, status } = response;
      headers.set("x-request-id", ids.request_id);
      headers.set("traceresponse", traceparentOf(ids));
      setSecureHeaders(response, method);
      services.answered({ ids, method, route, status, durationMs: performance.now() - started });
      return response;
    });
  };
}
