/**
 * Builds wasm/pkg from the crate in wasm/, and writes down in BUILD.json from what and by what.
 *
 * Takes an ordinary rustup's wasm32 target where there is one, else Debian's rustc-web. Installs
 * the pinned wasm-bindgen to WASM_TOOLS (.tools) where it is missing; that takes 2 minutes.
 */
import {
  ADVICE,
  BINDGEN,
  build,
  type BuildRecord,
  findBindgen,
  findToolchains,
  hashOutput,
  hashSources,
  PKG,
  run,
  type Toolchain,
  TOOLS,
  WASM,
} from "./wasm_toolchain.ts";

async function installBindgen({ cargo, env }: Toolchain): Promise<void> {
  const version = BINDGEN.split(" ")[1] ?? "";
  // Without --locked: its lock file names versions that not every registry mirror has.
  const args = ["install", "wasm-bindgen-cli", "--version", version, "--root", TOOLS];
  await run(cargo, args, env["RUSTC"] ? { RUSTC: env["RUSTC"] } : {});
}

const [toolchain] = await findToolchains();
if (!toolchain) {
  console.error(ADVICE);
  Deno.exit(1);
}
if (!await findBindgen()) await installBindgen(toolchain);
const bindgen = await findBindgen();
if (!bindgen) throw new Error(`${BINDGEN} was installed to ${TOOLS}, but does not run`);

await Deno.remove(PKG, { recursive: true }).catch(() => {}); // nothing stale stays behind
await build(toolchain, bindgen, `${WASM}/target/build`, PKG);
const record: BuildRecord = {
  sources: await hashSources(),
  versions: toolchain.versions,
  output: await hashOutput(PKG),
};
await Deno.writeTextFile(`${PKG}/BUILD.json`, JSON.stringify(record, null, 2) + "\n");
console.log(`built wasm/pkg with ${Object.values(toolchain.versions).join(", ")}`);
