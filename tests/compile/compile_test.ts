/**
 * The binary, as far as it can be looked at here: what is embedded, what it is allowed, and its
 * entry run by the plain runtime under the very same flags.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { CONFIG_NAMES } from "../../src/config.ts";
import { client } from "../support/http.ts";
import { inDirectory } from "../support/directory.ts";
import { test } from "../support/scorer.ts";
import { Service } from "../support/service.ts";
import { built, compileFlags, ENTRY, find, ROOT } from "./build.ts";

interface Package {
  readonly name: string;
  readonly version: string;
  readonly dependencies: readonly string[];
  readonly localPath: string;
}

interface Graph {
  readonly modules: readonly { readonly specifier: string; readonly npmPackage?: string }[];
  /** All that deno.lock knows, and so more than the entry leads to. */
  readonly npmPackages: Readonly<Record<string, Package>>;
}

async function graph(): Promise<Graph> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", ENTRY],
    cwd: ROOT,
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** The packages that the entry leads to, with those that they need. */
function packagesOf({ modules, npmPackages }: Graph): Package[] {
  const reached = new Set(modules.flatMap(({ npmPackage }) => npmPackage ?? []));
  for (const key of reached) for (const each of npmPackages[key]!.dependencies) reached.add(each);
  return [...reached].map((key) => npmPackages[key]!);
}

test("the binary holds the modules, the kernel, the pages' files and the packages", async () => {
  const [{ listed, embedded }, all] = await Promise.all([built(), graph()]);
  assert.ok(listed.has("wasm/pkg/kernel_bg.wasm"));
  const packages = packagesOf(all);
  for (const name of ["hono", "swagger-ui-dist", "@nats-io/nkeys"]) {
    assert.ok(packages.some((each) => each.name === name), `the graph has no ${name}`);
  }
  for (const { name } of packages) {
    const held = [...listed].some((path) => `${path}/`.includes(`/${name}/`));
    assert.ok(held, `${name} is not listed`);
  }
  const swagger = packages.find(({ name }) => name === "swagger-ui-dist");
  const files = [
    "wasm/pkg/kernel_bg.wasm",
    ...[ENTRY, "src/main.ts", "src/cli/main.ts", "src/cli/health.ts", "src/events/mod.ts"],
    join(swagger!.localPath, "swagger-ui.css"),
    join(swagger!.localPath, "swagger-ui-bundle.js"),
  ];
  for (const file of files) {
    const bytes = await Deno.readFile(resolve(ROOT, file));
    assert.notEqual(find(embedded, bytes), -1, `${file} is not in the binary`);
  }
});

test("the binary holds nothing that only tests, scripts or readers need", async () => {
  const { listed, embedded } = await built();
  const top = new Set([...listed].map((path) => path.split("/")[0]));
  assert.deepEqual([...top].toSorted(), [".deno_compile_node_modules", "deno.json", "src", "wasm"]);
  for (const name of ["fast-check", "playwright-core"]) {
    assert.ok(![...listed].some((path) => path.includes(name)), name);
  }
  assert.equal(find(embedded, await Deno.readFile(fileURLToPath(import.meta.url))), -1);
});

test("the binary carries the flags, and may do no more than they say", async () => {
  const { metadata } = await built();
  assert.equal(metadata.entrypoint_key, ENTRY);
  assert.deepEqual(metadata.argv, []);
  const allowed = Object.entries(metadata.permissions)
    .filter(([name, value]) => name.startsWith("allow_") && name !== "allow_import" && value);
  assert.deepEqual(allowed.map(([name]) => name).toSorted(), [
    "allow_env",
    "allow_net",
    "allow_read",
    "allow_sys",
    "allow_write",
  ]);
  assert.deepEqual(metadata.permissions["allow_env"], CONFIG_NAMES);
  assert.deepEqual(metadata.permissions["deny_import"], [], "code from elsewhere is not denied");
  assert.equal(metadata.permissions["prompt"], false);
  const [, v8] = compileFlags().find((flag) => flag.startsWith("--v8-flags="))!.split(/=(.*)/);
  assert.deepEqual(metadata.v8_flags.slice(-3), v8!.split(","));
  assert.deepEqual(metadata.unstable_config.features.toSorted(), ["kv", "no-legacy-abort"]);
});

test("whatever the tasks allow the service and its commands, the binary may", () => {
  const { tasks } = JSON.parse(Deno.readTextFileSync(`${ROOT}deno.json`));
  const flags = compileFlags();
  const sys = (words: readonly string[]) =>
    words.filter((word) => word.startsWith("--allow-sys=")).flatMap((w) => w.slice(12).split(","));
  const kinds = (command: string) => command.match(/--allow-[a-z]+/g) ?? [];
  for (const name of ["start", "cli"]) {
    const { command } = tasks[name];
    for (const kind of kinds(command)) {
      assert.ok(flags.some((flag) => flag.startsWith(kind)), `${name} has ${kind}`);
    }
    for (const each of sys(command.split(" "))) assert.ok(sys(flags).includes(each), each);
  }
});

/** The binary's entry, run by the plain runtime with the binary's flags. */
function spawn(args: readonly string[], env: Record<string, string>): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--cached-only", ...compileFlags(), join(ROOT, ENTRY), ...args],
    env: { NO_COLOR: "1", ...env },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function command(
  args: readonly string[],
  env: Record<string, string>,
): Promise<{ readonly code: number; readonly out: string }> {
  const child = spawn(args, env);
  const [out, { code }] = await Promise.all([
    new Response(child.stdout).text(),
    child.status,
    child.stderr.cancel(),
  ]);
  return { code, out };
}

for (const args of [[], ["serve"]]) {
  test(`the entry, called with [${args}], serves under the binary's flags`, async () => {
    await inDirectory(async (stateDir) => {
      const env = { STATE_DIR: stateDir, HOST: "127.0.0.1", PORT: "0" };
      await using service = await Service.on(spawn(args, env));
      const api = client(service.url);
      const candidates = [{ id: "tip-1", content: "c", source: "s" }];
      const { decision_id } = await api.score({ user_id: "ada", candidates });
      await api.reward({ user_id: "ada", decision_id, reward: 1 });
      for (const path of ["health", "docs", "docs/swagger-ui.css", "docs/swagger-ui-bundle.js"]) {
        const response = await fetch(`${service.url}/${path}`);
        assert.equal(response.status, 200, path);
        assert.ok((await response.text()).length > 10, path);
      }
      const asked = { HOST: "127.0.0.1", PORT: new URL(service.url).port };
      assert.equal((await command(["health"], asked)).code, 0);
      assert.equal((await service.stop("SIGTERM")).code, 0);
    });
  });
}

test("the entry runs commands, and names them as the binary is called", async () => {
  const { code, out } = await command(["--help"], {});
  assert.equal(code, 0);
  assert.match(out, /Usage: tip-scorer <command>/);
  assert.match(out, /import-python-state/);
  const help = await command(["health", "--help"], {});
  assert.match(help.out, /Usage: tip-scorer health/);
  assert.doesNotMatch(out + help.out, /deno task/);
  const none = await command(["no-such-command"], {});
  assert.equal(none.code, 2);
});
