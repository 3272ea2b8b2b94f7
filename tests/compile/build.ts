/** What `deno task compile` builds, and what can be read of it without running it. */
import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
export const ENTRY = "src/bin.ts";

/** The part of a binary's own description that these tests look at. */
export interface Metadata {
  readonly argv: readonly string[];
  readonly permissions: Readonly<Record<string, readonly string[] | boolean | null>>;
  readonly v8_flags: readonly string[];
  readonly entrypoint_key: string;
  readonly unstable_config: { readonly features: readonly string[] };
}

export interface Build {
  /** The paths that the build listed; `folder/*` stands for all that is in a folder. */
  readonly listed: ReadonlySet<string>;
  /** The bytes that follow the runtime. */
  readonly embedded: Uint8Array;
  readonly metadata: Metadata;
}

/** The flags that the task gives `deno compile`. */
export function compileFlags(): string[] {
  const { tasks } = JSON.parse(Deno.readTextFileSync(`${ROOT}deno.json`));
  return tasks.compile.command.split(" scripts/compile.ts ")[1].split(" ");
}

/** The paths in the tree that `deno compile` prints. */
function parseTree(text: string): Set<string> {
  const paths = new Set<string>();
  const folders: string[] = [];
  for (const line of text.split("\n")) {
    const match = /^([│ ]*)[├└]─[─┬] (.+?)(?: \([^()]*\))?$/.exec(line);
    if (!match) continue;
    const depth = match[1]!.length / 2;
    folders.splice(depth, Infinity, match[2]!);
    paths.add(folders.join("/"));
  }
  return paths;
}

let building: Promise<Build> | undefined;

/** The binary, built once for all tests. */
export function built(): Promise<Build> {
  return building ??= build();
}

/**
 * Runs the task. The runtime of binaries cannot be had without a network, so deno itself stands
 * in for it: what is put behind it is the same.
 */
async function build(): Promise<Build> {
  const folder = await Deno.makeTempDir();
  try {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "compile", "--output", `${folder}/tip-scorer`],
      cwd: ROOT,
      env: { DENORT_BIN: Deno.execPath(), NO_COLOR: "1" },
      stdout: "null",
      stderr: "piped",
    }).output();
    const said = new TextDecoder().decode(stderr);
    assert.equal(code, 0, said);
    const { size } = await Deno.stat(Deno.execPath());
    const embedded = (await Deno.readFile(`${folder}/tip-scorer`)).subarray(size);
    return { listed: parseTree(said), embedded, metadata: metadataOf(embedded) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Where `bytes` begin in `all`, or -1. */
export function find(all: Uint8Array, bytes: Uint8Array): number {
  return view(all).indexOf(view(bytes));
}

const view = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The JSON object that describes the binary. */
function metadataOf(embedded: Uint8Array): Metadata {
  const start = find(embedded, new TextEncoder().encode('{"argv":'));
  assert.notEqual(start, -1, "there is no description of the binary");
  let depth = 0;
  let quoted = false;
  for (let i = start; i < embedded.length; i++) {
    const byte = String.fromCharCode(embedded[i]!);
    if (quoted && byte === "\\") i++;
    else if (byte === '"') quoted = !quoted;
    else if (!quoted && byte === "{") depth++;
    else if (!quoted && byte === "}" && --depth === 0) {
      return JSON.parse(new TextDecoder().decode(embedded.subarray(start, i + 1)));
    }
  }
  return assert.fail("the description of the binary has no end");
}
