import { runCli } from "../../src/cli/run.ts";

/** Sanitizers, which Deno leaves off by default. */
export const sanitize = { sanitizeOps: true, sanitizeResources: true, sanitizeExit: true };

/** What a run of the command line printed and returned. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command line in this process. */
export async function cli(args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCli(args, {
    out: (line) => out.push(line),
    write: (text) => Promise.resolve(void out.push(text)),
    err: (line) => err.push(line),
    watched: false,
    env: (name) => env[name],
  });
  return { code, out: out.join("\n"), err: err.join("\n") };
}

/** Runs the command line as a process of its own, with these permissions alone. */
export async function cliProcess(
  permissions: readonly string[],
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Ran> {
  const main = new URL("../../src/cli/main.ts", import.meta.url).pathname;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", ...permissions, main, ...args],
    env: { NO_COLOR: "1", ...env },
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

/** The path of a fixture. */
export function fixture(name: string): string {
  return new URL(`../fixtures/${name}`, import.meta.url).pathname;
}

/** A folder that is gone when the test ends. */
export async function tempFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir();
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
