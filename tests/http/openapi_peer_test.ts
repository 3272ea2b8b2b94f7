import assert from "node:assert/strict";
import { openApiText } from "../../src/http/openapi_text.ts";
import { sanitize } from "./fake_services.ts";

/** As much of JSON Schema as the two documents use. */
interface Schema {
  readonly [keyword: string]: unknown;
  readonly $ref?: string;
  readonly type?: string | string[];
  readonly anyOf?: Schema[];
  readonly properties?: Record<string, Schema>;
  readonly required?: string[];
  readonly items?: Schema;
  readonly default?: unknown;
}
interface Operation {
  readonly parameters?: { name: string; in: string; schema: Schema; required?: boolean }[];
  readonly requestBody?: { content: Record<string, { schema: Schema }> };
  readonly responses: Record<string, { content: Record<string, { schema: Schema }> }>;
}
interface Document {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { schemas: Record<string, Schema> };
}

const USER = ["minLength 1", "maxLength 256", "pattern"];
const FEATURES = [
  "hour_of_day minimum 0",
  "hour_of_day maximum 23",
  "priority minimum 1",
  "priority maximum 4",
];
const DAY = ["body.day_of_week minimum 0", "body.day_of_week maximum 6"];
const ID = ["minLength 1", "maxLength 256", "pattern"];

const SCORE = [
  ...USER.map((rule) => `body.user_id ${rule}`),
  "body.candidates minItems 1",
  "body.candidates maxItems 1000",
  ...ID.map((rule) => `body.candidates[].id ${rule}`),
  "body.candidates[].source maxLength 256",
  "body.candidates[].source_id maxLength 256",
  ...FEATURES.map((rule) => `body.candidates[].features.${rule}`),
  "body.candidates[].generation_id is read, where it was ignored",
  "body.candidates[].prompt_version is read, where it was ignored",
  "body.context.hour_of_day minimum 0",
  "body.context.hour_of_day maximum 23",
  "body.context.day_of_week minimum 0",
  "body.context.day_of_week maximum 6",
];
const REWARD = [
  ...USER.map((rule) => `body.user_id ${rule}`),
  ...ID.map((rule) => `body.tip_id ${rule}`),
  "body.reward minimum -1",
  "body.reward maximum 1",
  ...FEATURES.map((rule) => `body.features.${rule}`),
  ...DAY,
  "body.decision_id is read, where it was ignored",
];
const TASK = ["id", "content", "title", "priority", "due_at", "created_at", "completed"]
  .concat(["is_overdue", "task_age_days"]);
const GENERATE = [
  ...USER.map((rule) => `body.user_id ${rule}`),
  "body.context.tasks maxItems 1000",
  ...TASK.map((name) => `body.context.tasks[].${name} is read, where it was ignored`),
  "body.context.hour_of_day minimum 0",
  "body.context.hour_of_day maximum 23",
  "body.context.day_of_week minimum 0",
  "body.context.day_of_week maximum 6",
  "body.n minimum 1",
  "body.n maximum 20",
  "body.prompt_version maxLength 64",
  "body.profile_features is read, where it was ignored",
];
const PROFILE_READ = "body.profile_features is read, where it was ignored";
const IN_PATH = USER.map((rule) => `path.user_id ${rule}`);

/** Everything that the Python service's document allows and ours does not. */
const NARROWINGS: Record<string, string[]> = {
  "GET /health": [],
  "POST /score": [...SCORE, PROFILE_READ],
  "POST /score/egreedy": [...SCORE, PROFILE_READ],
  "POST /score/egreedy/v2": SCORE,
  "POST /reward": REWARD,
  "POST /reward/egreedy": REWARD,
  "POST /reward/egreedy/v2": REWARD,
  "GET /stats/{user_id}": IN_PATH,
  "GET /stats/egreedy/{user_id}": IN_PATH,
  "GET /stats/egreedy/v2/{user_id}": IN_PATH,
  "GET /features/{user_id}": IN_PATH,
  "POST /reset/{user_id}": IN_PATH,
  "POST /generate": GENERATE,
};

const LIMITS = ["minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "pattern"];
const COMPARED = ["type", "properties", "required", "items", "default", ...LIMITS];
// Every name is a string, so that propertyNames, as zod writes it, says nothing either.
const SAYS_NOTHING = ["title", "description", "propertyNames"];

const theirs: Document = JSON.parse(
  await Deno.readTextFile(new URL("../fixtures/peer_openapi.json", import.meta.url)),
);
const ours: Document = JSON.parse(await openApiText());

/** The plain alternatives of a schema: without references, unions and lists of types. */
function alternatives(schema: Schema, { components }: Document): Schema[] {
  const { $ref, anyOf, type, ...rest } = schema;
  if ($ref !== undefined) {
    const target = components.schemas[$ref.split("/").at(-1)!]!;
    return alternatives(target, { paths: {}, components }).map((each) => ({ ...each, ...rest }));
  }
  if (anyOf) {
    return anyOf.flatMap((each) => alternatives(each, { paths: {}, components }))
      .map((each) => ({ ...each, ...rest }));
  }
  if (Array.isArray(type)) return type.map((each) => ({ ...rest, type: each }));
  return [schema];
}

/** What `their` schema accepts and `our` schema does not, at a place of a request. */
function narrowings(their: Schema, our: Schema, at: string): string[] {
  return alternatives(their, theirs).flatMap((each) => {
    const found = alternatives(our, ours)
      .filter(({ type }) => type === each.type || (type === "number" && each.type === "integer"))
      .map((candidate) => ofOne(each, candidate, at));
    // Of several that could take it, the one that takes the most counts: first of all one that
    // asks for no field it does not have.
    const asks = (rules: string[]) => rules.filter((rule) => rule.endsWith(" required")).length;
    return found.sort((a, b) => asks(a) - asks(b) || a.length - b.length)[0] ??
      [`${at} no ${each.type}`];
  });
}

function ofOne(their: Schema, our: Schema, at: string): string[] {
  const { additionalProperties, ...keywords } = our;
  assert(additionalProperties === undefined || JSON.stringify(additionalProperties) === "{}", at);
  const known = [...COMPARED, ...SAYS_NOTHING];
  for (const keyword of Object.keys(keywords)) assert(known.includes(keyword), `${at} ${keyword}`);

  const limits = LIMITS.filter((limit) => limit in our && their[limit] !== our[limit])
    .map((limit) => limit === "pattern" ? `${at} pattern` : `${at} ${limit} ${our[limit]}`);
  const required = (our.required ?? []).filter((name) => !their.required?.includes(name))
    .map((name) => `${at}.${name} required`);
  const properties = Object.entries(our.properties ?? {}).flatMap(([name, property]) => {
    const other = their.properties?.[name];
    if (!other) return [`${at}.${name} is read, where it was ignored`];
    return [
      ...defaults(other, property, `${at}.${name}`),
      ...narrowings(other, property, `${at}.${name}`),
    ];
  });
  const dropped = Object.keys(their.properties ?? {}).filter((name) =>
    !(name in (our.properties ?? {}))
  )
    .map((name) => `${at}.${name} is ignored`);
  const items = our.items ? narrowings(their.items ?? {}, our.items, `${at}[]`) : [];
  return [...limits, ...required, ...dropped, ...properties, ...items];
}

function defaults(their: Schema, our: Schema, at: string): string[] {
  const filled = (schema: Schema, document: Document) => {
    const { default: value, properties } = alternatives(schema, document)[0]!;
    if (typeof value !== "object" || value === null) return value;
    const inner = Object.entries(properties ?? {}).map((
      [name, property],
    ) => [name, property.default]);
    return { ...Object.fromEntries(inner), ...value };
  };
  const same = JSON.stringify(filled(their, theirs)) === JSON.stringify(filled(our, ours));
  return same ? [] : [`${at} default`];
}

function operations({ paths }: Document): Map<string, Operation> {
  return new Map(
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map((
        [method, operation],
      ) => [`${method.toUpperCase()} ${path}`, operation])
    ),
  );
}

const bodyOf = (operation: Operation) => operation.requestBody?.content["application/json"]?.schema;

Deno.test("our document has every operation of the Python service's", sanitize, () => {
  const missing = [...operations(theirs).keys()].filter((name) => !operations(ours).has(name));
  assert.deepEqual(missing, []);
});

Deno.test("it accepts what that one accepts, but for the narrowings listed here", sanitize, () => {
  const found = [...operations(theirs)].map(([name, their]): [string, string[]] => {
    const our = operations(ours).get(name)!;
    const body = bodyOf(their) && bodyOf(our)
      ? narrowings(bodyOf(their)!, bodyOf(our)!, "body")
      : [];
    assert.equal(bodyOf(our) === undefined, bodyOf(their) === undefined, name);
    const parameters = (our.parameters ?? []).filter((each) => "schema" in each).flatMap(
      (each) => {
        const other = their.parameters?.find((parameter) => parameter.name === each.name);
        if (other) return narrowings(other.schema, each.schema, `${each.in}.${each.name}`);
        return each.required ? [`${each.in}.${each.name} required`] : [];
      },
    );
    return [name, [...body, ...parameters].sort()];
  });
  const listed = Object.entries(NARROWINGS).map(([name, rules]) => [name, rules.toSorted()]);
  assert.deepEqual(Object.fromEntries(found), Object.fromEntries(listed));
});

Deno.test("our answers have every field that it publishes", sanitize, () => {
  for (const [name, their] of operations(theirs)) {
    const our = operations(ours).get(name);
    if (!our) continue;
    const schemaOf = ({ responses }: Operation, document: Document) =>
      alternatives(responses["200"]!.content["application/json"]!.schema, document)[0]!;
    const published = schemaOf(their, theirs);
    const answered = schemaOf(our, ours);
    for (const [field, { type }] of Object.entries(published.properties ?? {})) {
      assert.equal(answered.properties?.[field]?.type, type, `${name} ${field}`);
      assert(answered.required?.includes(field), `${name} ${field}`);
    }
  }
});
