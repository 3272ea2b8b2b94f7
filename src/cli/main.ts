/**
 * The one entry for commands: `deno task cli <command> [options]`.
 *
 * @module
 */
import { runCli } from "./run.ts";

if (import.meta.main) {
  Deno.exitCode = await runCli(Deno.args, {
    out: (line) => console.log(line),
    err: (line) => console.error(line),
    watched: Deno.stderr.isTerminal(),
    env: (name) => Deno.env.get(name),
  });
}
