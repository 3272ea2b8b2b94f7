/**
 * The one entry for commands: `deno task cli <command> [options]`.
 *
 * @module
 */
import { writeText } from "../files.ts";
import { runCli } from "./run.ts";

/** Runs the command of the process's arguments, called by `program`; answers with the exit code. */
export function main(program?: string): Promise<number> {
  return runCli(Deno.args, {
    out: (line) => console.log(line),
    write: (text) => writeText(Deno.stdout, text),
    err: (line) => console.error(line),
    watched: Deno.stderr.isTerminal(),
    env: (name) => Deno.env.get(name),
    ...(program !== undefined && { program }),
  });
}

if (import.meta.main) Deno.exitCode = await main();
