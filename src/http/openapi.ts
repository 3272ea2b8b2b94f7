import type { RouterRoute } from "hono/types";
import { z } from "zod";
import project from "../../deno.json" with { type: "json" };
import { DeadLetterName, ErrorResponse, UserId } from "../contract/mod.ts";
import type { Operation } from "./endpoint.ts";
import { ERROR_STATUSES, type ErrorStatus } from "./error_answers.ts";

/** A JSON value of the document. */
type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

const COMPONENTS = "#/components/schemas/";

/**
 * The OpenAPI 3.1 document of an app's routes: of those that an endpoint function made. Whatever
 * it says comes from the schemas that the routes validate with.
 */
export function openApiDocument(routes: readonly RouterRoute[]): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const { method, path, handler } of routes) {
    if (!("operation" in handler)) continue;
    // Only the endpoint functions set the property.
    const operation = handler.operation as Operation;
    const template = path.replace(/:(\w+)/g, "{$1}");
    (paths[template] ??= {})[method.toLowerCase()] = describe(operation, template);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "oO ML Serving",
      version: project.version,
      description: "Picks a tip for a user, and learns from the user's reaction.",
    },
    paths,
    components: {
      securitySchemes: SECURITY_SCHEMES,
      schemas: schemas({ paths, RESPONSES }),
      responses: RESPONSES,
      headers: HEADERS,
      parameters: PARAMETERS,
    },
  };
}

function describe(operation: Operation, path: string): JsonObject {
  const { tag, summary, description, body, headers = [], query = [], errors } = operation;
  const id = operation.id ?? path.replace("/{user_id}", "").slice(1).replaceAll("/", "_");
  const given = [
    ...headers.map((header) => ({ ...header, in: "header" })),
    ...query.map((each) => ({ ...each, in: "query" })),
  ];
  const parameters: Json[] = given.map(({ name, in: where, description, schema }) => ({
    name,
    in: where,
    required: false,
    description,
    schema: inline(schema),
  }));
  for (const each of IN_PATH) if (path.includes(`/{${each.name}}`)) parameters.push(each);
  parameters.push({ $ref: "#/components/parameters/traceparent" });
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    parameters,
    security: securityOf(operation),
    ...(body && {
      requestBody: { required: true, content: { "application/json": { schema: reference(body) } } },
    }),
    responses: {
      200: success(operation),
      ...Object.fromEntries([...errors, ...generalErrors(operation), 500].map((status) => [
        status,
        { $ref: `#/components/responses/Error${status}` },
      ])),
    },
  };
}

/** Which statuses the way in may answer. */
function generalErrors({ access, body }: Operation): ErrorStatus[] {
  return [
    ...(body ? [408 as const] : []),
    ...(access === "open" ? [] : [401 as const, 429 as const]),
    ...(access === "reset" || access === "operator" ? [403 as const] : []),
    414,
  ];
}

/** Who may call: each of them, and nobody (`{}`) where the tokens are not set. */
function securityOf({ access }: Operation): JsonObject[] {
  if (access === "open") return [];
  return access === "operator" ? [{ admin: [] }, {}] : [{ api: [] }, { admin: [] }, {}];
}

const SECURITY_SCHEMES: JsonObject = {
  api: { type: "http", scheme: "bearer", description: "One of API_TOKEN, where it is set" },
  admin: { type: "http", scheme: "bearer", description: "One of ADMIN_TOKEN, where it is set" },
};

const REQUEST_ID = { "x-request-id": { $ref: "#/components/headers/x-request-id" } };

function success({ answer, contentType }: Operation): JsonObject {
  const content: JsonObject = contentType === undefined
    ? { "application/json": { schema: reference(answer) } }
    : { [contentType]: { schema: inline(answer) } };
  return { description: "Done", headers: REQUEST_ID, content };
}

/** The errors, each described once. */
const RESPONSES: JsonObject = Object.fromEntries(
  Object.entries(ERROR_STATUSES).map(([status, description]) => [`Error${status}`, {
    description,
    headers: {
      ...REQUEST_ID,
      ...(status === "401" && {
        "WWW-Authenticate": { $ref: "#/components/headers/WWW-Authenticate" },
      }),
      ...((status === "429" || status === "503") &&
        { "Retry-After": { $ref: "#/components/headers/Retry-After" } }),
    },
    content: { "application/json": { schema: reference(ErrorResponse) } },
  }]),
);

const HEADERS: JsonObject = {
  "WWW-Authenticate": {
    description: 'Bearer, with error="invalid_token" where a token was sent',
    schema: { type: "string" },
  },
  "x-request-id": {
    description: "What the log knows this request by",
    schema: { type: "string" },
  },
  "Retry-After": {
    description: "Seconds; absent where the same request would fail again",
    schema: { type: "integer" },
  },
};

const PARAMETERS: JsonObject = {
  traceparent: {
    name: "traceparent",
    in: "header",
    required: false,
    description: "W3C Trace Context; one that is not valid is ignored",
    schema: { type: "string" },
  },
};

const IN_PATH = [
  {
    name: "user_id",
    in: "path",
    required: true,
    description: "Percent-encoded: a / in it is %2F",
    schema: inline(UserId),
  },
  {
    name: "name",
    in: "path",
    required: true,
    description: "As the list of dead letters has it",
    schema: inline(DeadLetterName),
  },
];

/** A schema as JSON Schema 2020-12; requests as they are sent, before defaults are filled in. */
function inline(schema: z.ZodType): JsonObject {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: "input" });
  // What comes out is JSON: the type allows for schemas that are not plain data.
  return JSON.parse(JSON.stringify(json));
}

/** Refers to a schema by its meta id. */
function reference(schema: z.ZodType): JsonObject {
  const id = schema.meta()?.id;
  if (id === undefined) throw new Error("A schema of an operation has no meta id");
  return { $ref: COMPONENTS + id };
}

/** The schemas that a document refers to, itself or by one another. */
function schemas(document: Json): JsonObject {
  const { schemas: all } = z.toJSONSchema(z.globalRegistry, {
    io: "input",
    uri: (id) => COMPONENTS + id,
    unrepresentable: "any",
  });
  const used: JsonObject = {};
  const collect = (value: Json): void => {
    for (const [, id] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (id === undefined || id in used) continue;
      const { $schema: _, $id: __, ...json } = all[id] ?? {};
      collect(used[id] = JSON.parse(JSON.stringify(json)));
    }
  };
  collect(document);
  return Object.fromEntries(Object.entries(used).sort(([a], [b]) => a < b ? -1 : 1));
}
