/**
 * What build_wasm.ts and check_wasm.ts share: which tools build the kernel, how, and from what.
 *
 * @module
 */
const ROOT = new URL("../", import.meta.url).pathname;
export const WASM = `${ROOT}wasm`;
export const PKG = `${WASM}/pkg`;
/** Where a wasm-bindgen that is not on the PATH gets installed. */
export const TOOLS = Deno.env.get("WASM_TOOLS") ?? `${ROOT}.tools`;

export const BINDGEN = "wasm-bindgen 0.2.130";
const TARGET = "wasm32-unknown-unknown";
// Two candidates are scored side by side: simd128 halves the time of a ranking.
const RUST_FLAGS = ["-Ctarget-feature=+simd128"];
const BINDGEN_FLAGS = ["--target", "bundler", "--out-name", "kernel"];
BINDGEN_FLAGS.push("--remove-name-section", "--remove-producers-section");

const DEBIAN_STD = "/usr/lib/rustlib/src/rust/library/std/Cargo.toml";
export const ADVICE = `no Rust here can build for ${TARGET}. Either
    rustup target add ${TARGET}
or, on Debian, which then builds the standard library from its source,
    apt-get install -y --no-install-recommends rustc-web rust-web-src cargo-web lld-22`;

/** The versions that decide which bytes come out. */
export interface Versions {
  readonly compiler: string;
  readonly linker: string;
  readonly bindgen: string;
}

/** One way to build here. */
export interface Toolchain {
  readonly versions: Versions;
  readonly cargo: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What wasm/pkg/BUILD.json says of the output beside it. */
export interface BuildRecord {
  readonly sources: string;
  readonly versions: Versions;
  readonly output: Readonly<Record<string, string>>;
}

/** The trimmed output of a command, or undefined where it is missing or fails. */
export async function answerOf(command: string, ...args: string[]): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command(command, { args, stderr: "null" }).output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Runs a command in wasm/, its output shown; throws where it fails. */
export async function run(command: string, args: readonly string[], env = {}): Promise<void> {
  const child = new Deno.Command(command, { args: [...args], env, cwd: WASM, stdin: "null" });
  const { success } = await child.spawn().status;
  if (!success) throw new Error(`${command} ${args[0]} failed`);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** Every toolchain that is here, the ordinary one first. */
export async function findToolchains(): Promise<Toolchain[]> {
  const found: Toolchain[] = [];
  const installed = await answerOf("rustup", "target", "list", "--installed");
  const compiler = await answerOf("rustc", "--version");
  if (compiler && installed?.split("\n").includes(TARGET)) {
    const versions = { compiler, linker: `rust-lld of ${compiler}`, bindgen: BINDGEN };
    found.push({ versions, cargo: "cargo", args: [], env: {} });
  }
  const debian = await answerOf("/usr/bin/rustc", "--version");
  const cargo = await answerOf("/usr/bin/cargo", "--version");
  const linker = await answerOf("wasm-ld-22", "--version");
  if (debian && cargo && linker && await exists(DEBIAN_STD)) {
    found.push({
      versions: { compiler: debian, linker, bindgen: BINDGEN },
      cargo: "/usr/bin/cargo",
      args: ["-Zbuild-std=std,panic_abort"],
      env: {
        RUSTC: "/usr/bin/rustc",
        RUSTC_BOOTSTRAP: "1", // -Zbuild-std is for nightly compilers only
        CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER: "wasm-ld-22",
      },
    });
  }
  return found;
}

/** The wasm-bindgen of the pinned version, on the PATH or among the tools. */
export async function findBindgen(): Promise<string | undefined> {
  for (const command of ["wasm-bindgen", `${TOOLS}/bin/wasm-bindgen`]) {
    if (await answerOf(command, "--version") === BINDGEN) return command;
  }
  return undefined;
}

/** Compiles the kernel under `target` and writes what is imported to `out`. */
export async function build(toolchain: Toolchain, bindgen: string, target: string, out: string) {
  const { cargo, args, env } = toolchain;
  const home = Deno.env.get("CARGO_HOME") ?? `${Deno.env.get("HOME")}/.cargo`;
  const flags = [...RUST_FLAGS, `--remap-path-prefix=${home}=/c`].join("\x1f");
  await run(cargo, ["build", "--locked", "--release", "--target", TARGET, ...args], {
    ...env,
    CARGO_ENCODED_RUSTFLAGS: flags, // stands above every other place that sets flags
    CARGO_TARGET_DIR: target,
  });
  const module = `${target}/${TARGET}/release/kernel.wasm`;
  await run(bindgen, [module, "--out-dir", out, ...BINDGEN_FLAGS]);
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** One hash over all that the output depends on but the versions: the crate and the flags. */
export async function hashSources(): Promise<string> {
  const names = ["Cargo.lock", "Cargo.toml"];
  for await (const entry of Deno.readDir(`${WASM}/src`)) names.push(`src/${entry.name}`);
  const parts = [JSON.stringify([TARGET, RUST_FLAGS, BINDGEN, BINDGEN_FLAGS])];
  for (const name of names.sort()) {
    parts.push(`${name} ${await sha256(await Deno.readFile(`${WASM}/${name}`))}`);
  }
  return await sha256(new TextEncoder().encode(parts.join("\n")));
}

/** The hash of each built file in a directory, by name. */
export async function hashOutput(directory: string): Promise<Record<string, string>> {
  const names = [];
  for await (const entry of Deno.readDir(directory)) names.push(entry.name);
  const hashes: Record<string, string> = {};
  for (const name of names.filter((name) => name !== "BUILD.json").sort()) {
    hashes[name] = await sha256(await Deno.readFile(`${directory}/${name}`));
  }
  return hashes;
}
