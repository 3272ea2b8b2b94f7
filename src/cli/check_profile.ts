import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { z } from "zod";
import { PROFILE_FEATURES } from "../contract/profile.ts";
import { type Command, readTextOption, UsageError } from "./command.ts";

/** The dtype of each feature, by its name on the wire. */
type Registry = ReadonlyMap<string, string>;

/** JSON and TypeScript have one kind of number, so that these all name the same thing. */
const SAME_DTYPE = new Map(
  ["float", "float32", "float64", "double", "number"].map((name) => [name, "float"]),
);

const Entries = z.array(z.looseObject({ name: z.string(), dtype: z.string() }));
const Registries = z.union([
  Entries,
  z.looseObject({ features: Entries }).transform(({ features }) => features),
  z.record(z.string(), z.union([z.string(), z.looseObject({ dtype: z.string() })]))
    .transform((types) =>
      Object.entries(types).map(([name, type]) => ({
        name,
        dtype: typeof type === "string" ? type : type.dtype,
      }))
    ),
]);

function parseRegistry(value: unknown): Registry | undefined {
  const { data } = Registries.safeParse(value);
  return data && new Map(data.map(({ name, dtype }) => [name, dtype]));
}

/** Runs a module of the caller's with nothing but reading allowed, for the rest of the process. */
async function loadModule(path: string): Promise<Registry> {
  for (const name of ["write", "net", "env", "run", "ffi", "sys"] as const) {
    await Deno.permissions.revoke({ name });
  }
  let module: Record<string, unknown>;
  try {
    module = await import(pathToFileURL(resolve(path)).href);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`--registry ${path} cannot be loaded: ${reason}`, { cause });
  }
  const found = Object.entries(module).filter(([, value]) => parseRegistry(value)?.size);
  const [first, ...others] = found.some(([name]) => name === "default")
    ? found.filter(([name]) => name === "default")
    : found;
  if (first === undefined || others.length > 0) {
    const names = found.map(([name]) => name).join(", ") || "none";
    throw new UsageError(`--registry ${path} must export one registry; it exports: ${names}`);
  }
  return parseRegistry(first[1]) ?? new Map();
}

async function loadJson(path: string): Promise<Registry> {
  const text = await readTextOption("--registry", path);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`--registry ${path} is not JSON`, { cause });
  }
  const registry = parseRegistry(json);
  if (registry === undefined) {
    throw new UsageError(`--registry ${path} is no list or map of names and dtypes`);
  }
  return registry;
}

/** What differs, a line each: `-` is missing in the caller's registry, `+` is only there. */
function difference(theirs: Registry): string[] {
  const same = (dtype: string) => SAME_DTYPE.get(dtype.toLowerCase()) ?? dtype;
  const ours = new Map<string, string>(PROFILE_FEATURES.map(({ name, dtype }) => [name, dtype]));
  const lines: string[] = [];
  for (const [name, dtype] of ours) {
    const their = theirs.get(name);
    if (their === undefined) lines.push(`- ${name}: ${dtype}`);
    else if (same(their) !== same(dtype)) lines.push(`! ${name}: ${dtype} here, ${their} there`);
  }
  for (const [name, dtype] of theirs) if (!ours.has(name)) lines.push(`+ ${name}: ${dtype}`);
  return lines;
}

/** Compares the profile features with the registry of the caller who sends them. */
export const checkProfile: Command = {
  name: "check-profile",
  summary: "compares the profile features with a caller's registry",
  help: `Usage: deno task cli check-profile --registry FILE

Compares names and dtypes of the profile features with those in FILE:

  JSON         [{"name", "dtype"}], {"features": [{"name", "dtype"}]} or {name: dtype}
  TypeScript   a module (.ts, .mts, .js, .mjs) whose default export, or only export of such
               a shape, is one of these; it runs with permission to read and nothing else

Order does not matter. ${[...SAME_DTYPE.keys()].join(", ")} are the same dtype.

Exit code: 0 they are the same, 1 they differ, 2 FILE cannot be used.`,
  async run(args, terminal) {
    const options = { registry: { type: "string" } } as const;
    const { values: { registry: path } } = parseArgs({ args: [...args], options });
    if (path === undefined) throw new UsageError("--registry FILE is missing");
    const isModule = [".ts", ".mts", ".js", ".mjs"].includes(extname(path));
    const lines = difference(await (isModule ? loadModule(path) : loadJson(path)));
    if (lines.length === 0) {
      terminal.out(`The same ${PROFILE_FEATURES.length} profile features.`);
      return 0;
    }
    terminal.out(["The profile features differ (- only here, + only there):", ...lines].join("\n"));
    return 1;
  },
};
