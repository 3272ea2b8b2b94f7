/**
 * Builds one binary of src/bin.ts. Its arguments are flags of `deno compile`; the task gives those
 * of every build, and more may follow:
 *
 *     deno task compile [--target aarch64-unknown-linux-gnu] [--output FILE]
 *
 * @module
 */
import { parseArgs } from "node:util";

const ENTRY = "src/bin.ts";

/**
 * Folders of packages that stay out. bintrees (of prom-client) ships its tests, and among them
 * 100,000 numbers in a file, which `deno compile` takes for one subtraction of 100,000 terms: its
 * parser overflows the stack and the build is aborted (2.9.6; denoland/deno#36746).
 */
const LEFT_OUT = [{ name: "bintrees", folder: "test" }];

interface Info {
  readonly npmPackages: Record<string, { readonly name: string; readonly localPath: string }>;
}

/** Runs deno, by the name that `--allow-run` knows; its stdout, where that is asked for. */
async function deno(args: readonly string[], stdout: "inherit" | "piped"): Promise<string> {
  const child = new Deno.Command("deno", { args: [...args], stdout, stderr: "inherit" }).spawn();
  const [text, { code }] = await Promise.all([
    stdout === "piped" ? new Response(child.stdout).text() : "",
    child.status,
  ]);
  if (code !== 0) Deno.exit(code);
  return text;
}

/** The folders to leave out, where this machine has the packages. */
async function exclusions(): Promise<string[]> {
  const { npmPackages }: Info = JSON.parse(await deno(["info", "--json", ENTRY], "piped"));
  return Object.values(npmPackages).flatMap(({ name, localPath }) =>
    LEFT_OUT.filter((each) => each.name === name).map(({ folder }) => `${localPath}/${folder}`)
  );
}

if (import.meta.main) {
  const { target, output } = parseArgs({
    strict: false, // the rest is for deno compile to judge
    options: { target: { type: "string" }, output: { type: "string", short: "o" } },
  }).values;
  await deno([
    "compile",
    // What only tests import stays out too.
    "--exclude-unused-npm",
    ...(await exclusions()).map((path) => `--exclude=${path}`),
    ...(output === undefined ? [`--output=dist/tip-scorer${target ? `-${target}` : ""}`] : []),
    ...Deno.args,
    ENTRY,
  ], "inherit");
}
