import type { Context, Handler, TypedResponse } from "hono";
import type { JSONParsed } from "hono/utils/types";
import type { z } from "zod";
import { readJson } from "./body.ts";
import type { ErrorAnswer, ErrorStatus } from "./error_answers.ts";
import { InvalidRequestError } from "./errors.ts";
import { letterNameOf, userIdOf } from "./path.ts";
import { problemsOf } from "./problems.ts";
import type { AppEnv } from "./pipeline.ts";
import type { Query } from "./query.ts";

/** A header or a part of the query. */
interface Parameter {
  readonly name: string;
  readonly schema: z.ZodType;
  readonly description: string;
}

/** Who may call a route, where it is not every caller. */
export type Access = "open" | "metrics" | "reset" | "operator";

/** What the OpenAPI document says of a route; its path and method are the route's. */
export interface Operation {
  /** What the document calls it, where the path does not tell it from others. */
  readonly id?: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly body?: z.ZodType;
  /** Headers it reads, beside those that every route reads. */
  readonly headers?: readonly Parameter[];
  /** What its query may hold, all of it optional. */
  readonly query?: readonly Parameter[];
  readonly answer: z.ZodType;
  /** The content type of its answer, where that is a text rather than JSON. */
  readonly contentType?: string;
  /**
   * Who may call it. Unless told otherwise: callers with one of the API tokens, or everybody where
   * there are none. `open`: everybody; `metrics`: everybody by choice; `reset`: callers and
   * operators; `operator`: operators alone.
   */
  readonly access?: Access;
  /** Whether it changes state, and is refused while too many such calls wait. */
  readonly writes?: true;
  /** Statuses of its errors, beside the 500 that every route has. */
  readonly errors: readonly ErrorStatus[];
}

/** What an endpoint answers, by its schema. */
type Answer<O extends Operation> = z.output<O["answer"]>;

/** Its responses, as Hono's client types them. */
type Responses<O extends Operation> =
  | (Response & TypedResponse<JSONParsed<Awaited<Answer<O>>>, 200, "json">)
  | ErrorAnswer;

/** A Hono handler that carries its description; `I` is what a client sends. */
export type Endpoint<O extends Operation, I extends { in: object; out: object }> =
  & Handler<AppEnv, string, I, Promise<Responses<O>>>
  & { readonly operation: O };

/** A route without input. `run` must answer what the operation's schema says, or won't compile. */
export function endpoint<O extends Operation>(
  operation: O,
  run: () => Answer<O> | Promise<Answer<O>>,
): Endpoint<O, { in: object; out: object }> {
  const handler = async (c: Context<AppEnv>): Promise<Responses<O>> => c.json(await run(), 200);
  return Object.assign(handler, { operation });
}

/** A route without input whose answer is a text; no OpenAPI client needs its type. */
export function textEndpoint(
  operation: Operation & { readonly answer: z.ZodType<string>; readonly contentType: string },
  run: () => Promise<string>,
) {
  const headers = { "Content-Type": operation.contentType };
  const handler = async (c: Context<AppEnv>) => c.body(await run(), 200, headers);
  return Object.assign(handler, { operation });
}

/** A route of a user, whose id ends the path. */
export function userEndpoint<O extends Operation>(
  operation: O,
  run: (userId: string) => Promise<Answer<O>>,
): Endpoint<O, { in: { param: { user_id: string } }; out: { param: { user_id: string } } }> {
  const handler = async (c: Context<AppEnv>): Promise<Responses<O>> =>
    c.json(await run(userIdOf(c.req.path)), 200);
  return Object.assign(handler, { operation });
}

/** A route of a dead letter, whose name comes after /admin/dead-letters. */
export function letterEndpoint<O extends Operation>(
  operation: O,
  run: (name: string) => Promise<Answer<O>>,
): Endpoint<O, { in: { param: { name: string } }; out: { param: { name: string } } }> {
  const handler = async (c: Context<AppEnv>): Promise<Responses<O>> =>
    c.json(await run(letterNameOf(c.req.path)), 200);
  return Object.assign(handler, { operation });
}

/** How a body is read: by a schema, or by the branch of a union that it means. */
export type Parse<T> = (body: unknown) => z.ZodSafeParseResult<T>;

/** The headers of an operation, all optional, as a client's call takes them. */
type HeadersOf<O extends Operation> = O extends
  { headers: readonly { readonly name: infer N extends string }[] }
  ? { header?: { [name in N]?: string } }
  : object;

/** Its query, as a client's call takes it. */
type QueryOf<O extends Operation> = O extends
  { query: readonly { readonly name: infer N extends string }[] }
  ? { query?: { [name in N]?: string } }
  : object;

/** A route without input but its query. */
export function queryEndpoint<const O extends Operation & { query: readonly Parameter[] }>(
  operation: O,
  run: (query: Query) => Promise<Answer<O>>,
): Endpoint<O, { in: QueryOf<O>; out: object }> {
  const handler = async (c: Context<AppEnv>): Promise<Responses<O>> =>
    c.json(await run((name) => c.req.query(name)), 200);
  return Object.assign(handler, { operation });
}

/** A route with a JSON body; it is validated by `parse`, once, before `run` sees it. */
export function bodyEndpoint<const O extends Operation & { body: z.ZodType }, T>(
  operation: O,
  parse: Parse<T>,
  run: (body: T, c: Context<AppEnv>) => Promise<Answer<O>>,
): Endpoint<
  O,
  { in: { json: z.input<O["body"]> } & HeadersOf<O> & QueryOf<O>; out: { json: T } }
> {
  const handler = async (c: Context<AppEnv>): Promise<Responses<O>> => {
    const parsed = parse(await readJson(c.req.raw, c.env.deadlines));
    if (!parsed.success) throw new InvalidRequestError(problemsOf(parsed.error, ["body"]));
    return c.json(await run(parsed.data, c), 200);
  };
  return Object.assign(handler, { operation });
}
