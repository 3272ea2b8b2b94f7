/**
 * Fails where wasm/pkg is not what the crate in wasm/ builds to.
 *
 * Everywhere: compares the hashes of the sources and of the output with BUILD.json. Where the
 * tools that BUILD.json names are installed (with CI=true they must be): builds from empty, which
 * takes a minute or two, and compares the bytes.
 */
import {
  build,
  type BuildRecord,
  findBindgen,
  findToolchains,
  hashOutput,
  hashSources,
  PKG,
  type Toolchain,
  type Versions,
  WASM,
} from "./wasm_toolchain.ts";

function fail(reason: string): never {
  console.error(`wasm/pkg: ${reason}`);
  Deno.exit(1);
}

function describe({ compiler, linker, bindgen }: Versions): string {
  return [compiler, linker, bindgen].join(", ");
}

/** The names of files that are missing, added or different. */
function differences(a: BuildRecord["output"], b: BuildRecord["output"]): string[] {
  return Object.keys({ ...a, ...b }).filter((name) => a[name] !== b[name]);
}

async function rebuild(toolchain: Toolchain, bindgen: string): Promise<void> {
  const target = `${WASM}/target/check`;
  await Deno.remove(target, { recursive: true }).catch(() => {}); // from empty: nothing cached
  await build(toolchain, bindgen, target, `${target}/pkg`);
  const changed = differences(record.output, await hashOutput(`${target}/pkg`));
  if (changed.length > 0) fail(`a build from source gives other bytes: ${changed.join(", ")}`);
  await Deno.remove(target, { recursive: true });
}

const record: BuildRecord = JSON.parse(await Deno.readTextFile(`${PKG}/BUILD.json`));
if (record.sources !== await hashSources()) {
  fail("the sources have changed since it was built: run `deno task build:wasm`");
}
const changed = differences(record.output, await hashOutput(PKG));
if (changed.length > 0) fail(`not as it was built: ${changed.join(", ")}`);
console.log("hashes: wasm/pkg was built from these sources and has not changed since");

const wanted = describe(record.versions);
const toolchain = (await findToolchains()).find(({ versions }) => describe(versions) === wanted);
const bindgen = await findBindgen();
if (toolchain && bindgen) {
  await rebuild(toolchain, bindgen);
  console.log("rebuild: the same bytes");
} else {
  const reason = `not here: ${toolchain ? record.versions.bindgen : wanted}`;
  if (Deno.env.get("CI") === "true") fail(`a rebuild needs tools that are ${reason}`);
  console.log(`rebuild skipped: ${reason}`);
}
