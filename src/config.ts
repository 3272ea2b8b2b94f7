import type { z } from "zod";
import { type Secrecy, type Variable, VARIABLES } from "./config_variables.ts";

type Variables = typeof VARIABLES;

/** What the process was told by its environment. Shown or serialised, it hides its secrets. */
export type Config = {
  readonly [Field in keyof Variables]:
    | z.output<Variables[Field]["schema"]>
    | (Variables[Field] extends { readonly default: string } ? never : undefined);
};

const FIELDS = Object.entries<Variable>(VARIABLES);

/** The name of every environment variable that is read, for permissions and for tests. */
export const CONFIG_NAMES: readonly string[] = FIELDS.map(([, { name }]) => name);

/** One variable that cannot be used. */
export interface ConfigProblem {
  readonly name: string;
  /** The text as found, without secrets. */
  readonly found: string;
  readonly expected: string;
}

/** The environment cannot be used; `message` names every bad variable and what would be right. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";

  constructor(readonly problems: readonly ConfigProblem[]) {
    super(
      problems.map(({ name, found, expected }) => `${name} is ${found}; it must be ${expected}`)
        .join("\n"),
    );
  }
}

/** All that may be shown of a value that was accepted. */
function shown(value: unknown, secret: Secrecy | undefined): unknown {
  if (secret === undefined || value === undefined) return value;
  return secret === "whole" ? "***" : String(value).replaceAll(/[^/@]*@/g, "***@");
}

/** All that may be shown of a text that was refused: where credentials end in it is unknown. */
function quoted(found: string, secret: Secrecy | undefined): string {
  const risky = secret === "whole" || (secret === "credentials" && found.includes("@"));
  return risky ? "not shown, as it is secret" : JSON.stringify(found);
}

/** The methods that JSON and console.log ask a value for its own view of itself. */
const SHOW_METHODS = ["toJSON", Symbol.for("nodejs.util.inspect.custom")];

/** A token in both would make an operator of each caller: refused, as nobody reads a warning. */
function sharedTokens({ apiTokens, adminTokens }: Record<string, unknown>): ConfigProblem[] {
  if (!Array.isArray(apiTokens) || !Array.isArray(adminTokens)) return [];
  if (!adminTokens.some((token) => apiTokens.includes(token))) return [];
  const { name, expected } = VARIABLES.adminTokens;
  return [{
    name,
    found: "in part API_TOKEN's",
    expected: `${expected}, none of them API_TOKEN's`,
  }];
}

/** Reads every variable by `get`, so that the process needs permission for these alone. */
export function readEnvironment(
  get: (name: string) => string | undefined,
): Record<string, string | undefined> {
  return Object.fromEntries(CONFIG_NAMES.map((name) => [name, get(name)]));
}

/**
 * The configuration in an environment. An empty variable counts as unset.
 *
 * @throws {ConfigError} some variables hold what they must not
 */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const problems: ConfigProblem[] = [];
  const config: Record<string, unknown> = {};
  const { env: deployment } = VARIABLES;
  const named = deployment.schema.safeParse(env[deployment.name] || deployment.default);
  for (const [field, variable] of FIELDS) {
    const { name, expected, schema, secret } = variable;
    const ours = named.data === "development" ? variable.developmentDefault : undefined;
    const found = env[name] || (ours ?? variable.default);
    if (found === undefined) {
      config[field] = undefined;
      continue;
    }
    const parsed = schema.safeParse(found);
    if (parsed.success) config[field] = parsed.data;
    else problems.push({ name, found: quoted(found, secret), expected });
  }
  problems.push(...sharedTokens(config));
  if (problems.length > 0) throw new ConfigError(problems);

  const redacted = () =>
    Object.fromEntries(FIELDS.map(([field, { secret }]) => [field, shown(config[field], secret)]));
  for (const method of SHOW_METHODS) {
    Object.defineProperty(config, method, { value: redacted });
  }
  // Every field was set from its schema's output just now.
  return Object.freeze(config) as Config;
}

/** The table of the README: every variable, its default, what it takes and what it is for. */
export function configTable(): string {
  const rows = FIELDS.map(([, variable]) => {
    const { name, expected, description, developmentDefault } = variable;
    const fallback = variable.default ?? developmentDefault;
    const only = developmentDefault === undefined ? "" : " in development, else none";
    const cell = fallback === undefined ? "none" : `\`${fallback}\`${only}`;
    return `| \`${name}\` | ${cell} | ${expected} | ${description} |`;
  });
  return ["| Variable | Default | Takes | What it is for |", "|---|---|---|---|", ...rows].join(
    "\n",
  );
}
