import { parseArgs } from "node:util";
import { backUp } from "../backup/backup.ts";
import { type Command, UsageError } from "./command.ts";
import { startProgress } from "./progress.ts";
import { stateOf } from "./state.ts";

const OPTIONS = {
  out: { type: "string" },
  "state-dir": { type: "string" },
  json: { type: "boolean", default: false },
} as const;

/** Copies the database while the service runs. */
export const backupCommand: Command = {
  name: "backup",
  summary: "copies the database to a file, also while the service runs",
  help: `Usage: deno task cli backup --out FILE [options]

Writes all that STATE_DIR's database holds, as it stands when the command begins, to FILE: one
file, which must not exist yet, closed to others, verified by SQLite and safe on the disk. The
service may run meanwhile. Near FILE there must be room for it.

  --state-dir DIR   instead of STATE_DIR of the environment
  --json            what was done as JSON

Exit code: 0 done, 1 it failed on the way and there is no FILE, 2 nothing was begun.`,
  async run(args, terminal) {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    const { out, json } = values;
    if (out === undefined) throw new UsageError("--out FILE is missing");
    const { database } = stateOf(values["state-dir"], terminal);
    let bytes: number;
    {
      using progress = startProgress(0, "pages copied", terminal);
      const onPages = (copied: number, total: number) => progress.set(copied, total);
      bytes = await backUp({ database, out, onPages });
    }
    terminal.out(json ? JSON.stringify({ out, bytes }) : `${out} has the state: ${bytes} bytes`);
    return 0;
  },
};
