import { parseArgs } from "node:util";
import { restore } from "../backup/restore.ts";
import { type Command, UsageError } from "./command.ts";
import { startProgress } from "./progress.ts";
import { stateOf } from "./state.ts";

const OPTIONS = {
  from: { type: "string" },
  "state-dir": { type: "string" },
  force: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
} as const;

/** Puts a backup in the place of the database. */
export const restoreCommand: Command = {
  name: "restore",
  summary: "puts a backup in the place of the database",
  help: `Usage: deno task cli restore --from FILE [options]

Makes a backup the database of STATE_DIR, once it is known to be whole and of a version that can
be read. The service must not be running. FILE is left as it is.

  --state-dir DIR   instead of STATE_DIR of the environment
  --force           where there is a database: keeps it beside, as scorer.sqlite3.TIME.bak
  --json            what was done as JSON

Exit code: 0 done, 1 it failed on the way and the old state is in place, 2 nothing was begun.`,
  async run(args, terminal) {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    const { from, force, json } = values;
    if (from === undefined) throw new UsageError("--from FILE is missing");
    const { stateDir, database } = stateOf(values["state-dir"], terminal);
    let old: string | undefined;
    {
      using progress = startProgress(0, "pages copied", terminal);
      const onPages = (copied: number, total: number) => progress.set(copied, total);
      old = await restore({ from, stateDir, force, now: Date.now(), onPages });
    }
    if (json) {
      terminal.out(JSON.stringify({ from, database, old: old ?? null }));
    } else {
      terminal.out(`${database} is ${from} now`);
      if (old !== undefined) terminal.out(`What it was before is ${old}`);
    }
    return 0;
  },
};
