import assert from "node:assert/strict";
import { dirname, join, posix, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { CONFIG_NAMES } from "../../src/config.ts";
import { createFilter, filesOfImage, instructions } from "./image.ts";

const sanitize = { sanitizeOps: true, sanitizeResources: true, sanitizeExit: true };
const root = fileURLToPath(new URL("../../", import.meta.url));
const dockerfile = await Deno.readTextFile(join(root, "Dockerfile"));
const dockerignore = await Deno.readTextFile(join(root, ".dockerignore"));

/** Where the image has the project. */
const APP = "/app";
const ENTRIES = ["src/main.ts", "src/cli/main.ts"];

interface ModuleInfo {
  readonly specifier: string;
  readonly local?: string;
  readonly error?: string;
}

/** All modules that an entry leads to, in the project that lies in `folder`. */
async function graphOf(folder: string, entry: string): Promise<readonly ModuleInfo[]> {
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", entry],
    cwd: folder,
    stdout: "piped",
    stderr: "piped",
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  const { modules }: { modules: readonly ModuleInfo[] } = JSON.parse(
    new TextDecoder().decode(stdout),
  );
  for (const { specifier, error } of modules) assert.equal(error, undefined, specifier);
  return modules;
}

/** The project's own files that a run reads: modules, and what they name beside themselves. */
async function neededFiles(): Promise<Set<string>> {
  const needed = new Set(["deno.json", "deno.lock"]);
  for (const entry of ENTRIES) {
    for (const { specifier } of await graphOf(root, entry)) {
      if (!specifier.startsWith("file:")) continue;
      const path = fileURLToPath(specifier);
      needed.add(relative(root, path));
      if (!/\.[jt]s$/.test(path)) continue;
      const text = await Deno.readTextFile(path);
      const beside =
        /new URL\(\s*"(\.[^"]+)",\s*import\.meta\.url|import\.meta\.resolve\(\s*"(\.[^"]+)"/g;
      for (const [, a, b] of text.matchAll(beside)) {
        needed.add(relative(root, join(dirname(path), a ?? b ?? "")));
      }
    }
  }
  return needed;
}

/** What the image of this Dockerfile lacks. */
function missing(needed: Iterable<string>, dockerfile: string, dockerignore: string): string[] {
  const all = [...needed];
  const image = filesOfImage(dockerfile, dockerignore, all);
  return all.filter((path) => image.get(posix.join(APP, path)) !== path);
}

Deno.test("the image has every file that the service and its commands read", sanitize, async () => {
  const needed = await neededFiles();
  assert.ok(needed.has("wasm/pkg/kernel_bg.wasm"), "the graph has no kernel");
  assert.ok(needed.size > 20);
  assert.deepEqual(missing(needed, dockerfile, dockerignore), []);
});

Deno.test("a file that is left out is noticed, however it is left out", sanitize, async () => {
  const needed = await neededFiles();
  const without = (line: string) => {
    assert.ok(dockerfile.includes(line), line);
    return missing(needed, dockerfile.replace(line, ""), dockerignore);
  };
  const wasm = [...needed].filter((path) => path.startsWith("wasm/"));
  assert.deepEqual(without("COPY wasm wasm\n"), wasm);
  assert.deepEqual(without("COPY --from=build /app /app\n"), [...needed]);
  const kernel = "wasm/pkg/kernel_bg.wasm";
  for (const line of ["**/*.wasm", "wasm/pkg/*.wasm", kernel]) {
    assert.deepEqual(missing(needed, dockerfile, `${dockerignore}\n${line}`), [kernel]);
  }
  const listed = dockerfile.replace("COPY src src", "COPY src/main.ts src/config.ts src/");
  assert.ok(missing(needed, listed, dockerignore).includes("src/cli/main.ts"));
});

Deno.test("the dependencies come along, with the files that /docs serves", sanitize, async () => {
  const graphs = await Promise.all(ENTRIES.map((entry) => graphOf(root, entry)));
  const packages = new Set(
    graphs.flat().flatMap(({ specifier }) =>
      /^npm:\/?((?:@[^/]+\/)?[^/@]+@[^/_]+)/.exec(specifier)?.[1] ?? []
    ),
  );
  const lock: { npm: Record<string, unknown> } = JSON.parse(
    await Deno.readTextFile(join(root, "deno.lock")),
  );
  const locked = Object.keys(lock.npm).map((name) => name.split("_")[0]);
  for (const name of packages) assert.ok(locked.includes(name), name);
  assert.ok([...packages].some((name) => name.startsWith("swagger-ui-dist@")));
  const copies = instructions(dockerfile).filter(({ word }) => word === "COPY");
  assert.ok(copies.some(({ rest }) => rest === "--from=build /deno-dir /deno-dir"));
});

Deno.test("what the image has is enough to run on", sanitize, async () => {
  const copy = await Deno.makeTempDir();
  try {
    const image = filesOfImage(dockerfile, dockerignore, [...await neededFiles()]);
    for (const [path, file] of image) {
      const target = join(copy, path);
      await Deno.mkdir(dirname(target), { recursive: true });
      await Deno.copyFile(join(root, file), target);
    }
    for (const entry of ENTRIES) await graphOf(join(copy, APP), entry);
    const { stdout, success } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--cached-only", "--no-prompt", "src/cli/main.ts", "--help"],
      cwd: join(copy, APP),
      stdout: "piped",
      stderr: "inherit",
    }).output();
    assert.ok(success);
    assert.match(new TextDecoder().decode(stdout), /import-python-state/);
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
});

Deno.test("nothing else is sent to the builder", sanitize, () => {
  const filter = createFilter(dockerignore);
  for (
    const path of [".env", ".git/config", "tests/config_test.ts", "wasm/src/lib.rs", "README.md"]
  ) {
    assert.equal(filter(path), false, path);
  }
  assert.ok(filter("wasm/pkg/kernel.js"));
});

Deno.test(
  "the image is pinned, runs as nobody who matters, and asks itself for its health",
  sanitize,
  () => {
    const all = instructions(dockerfile);
    const last = (word: string) => all.findLast((each) => each.word === word)?.rest ?? "";
    for (const { word, rest } of all) {
      if (word === "FROM") assert.match(rest, /^\S+:\d+\.\d+(\.\d+)?[\w.-]*( AS \w+)?$/);
    }
    assert.match(dockerfile, new RegExp(`deno@${Deno.version.deno.replaceAll(".", "\\.")} `));
    assert.match(last("USER"), /^(?!root$|0$)\w+$/);
    assert.equal(last("VOLUME"), "/data");
    assert.match(last("ENV"), /HOST=0\.0\.0\.0 .*STATE_DIR=\/data/);
    assert.match(last("HEALTHCHECK"), /"src\/cli\/main\.ts", "health"\]$/);
    const command: string[] = JSON.parse(last("CMD"));
    const allowed = (name: string) =>
      command.find((word) => word.startsWith(`--allow-${name}=`))?.split("=")[1]?.split(",");
    assert.deepEqual(allowed("env")?.sort(), [...CONFIG_NAMES].sort());
    assert.deepEqual(allowed("write"), ["/data"]);
    assert.ok(!command.some((word) => word === "-A" || word === "--allow-all"));
  },
);
