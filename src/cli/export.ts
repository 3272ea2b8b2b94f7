import { basename, dirname } from "node:path";
import { parseArgs } from "node:util";
import { BackupError } from "../backup/errors.ts";
import { TemporaryFolder } from "../backup/temporary_folder.ts";
import { countSelected, exportLines, type Selection, type Skipped } from "../export/export.ts";
import { exists, writeText } from "../files.ts";
import { exportPythonState } from "../python_state/export.ts";
import { parseUserIds } from "../python_state/user_ids.ts";
import { openSnapshot } from "../store/deno_kv/snapshot.ts";
import { syncFile } from "../store/deno_kv/sqlite.ts";
import { type Command, readTextOption, type Terminal, UsageError } from "./command.ts";
import { startProgress } from "./progress.ts";
import { copyWatched, stateOf } from "./state.ts";

const OPTIONS = {
  out: { type: "string" },
  format: { type: "string", default: "jsonl" },
  users: { type: "string" },
  "state-dir": { type: "string" },
  tmp: { type: "string" },
  json: { type: "boolean", default: false },
} as const;

type Write = (text: string) => Promise<void>;

/** Runs with a file that is there under its name once it is whole. */
async function toFile<T>(out: string, run: (write: Write) => Promise<T>): Promise<T> {
  try {
    await using folder = await TemporaryFolder.make(dirname(out));
    const path = await folder.file(basename(out));
    let done: T;
    {
      using file = await Deno.open(path, { write: true });
      done = await run((text) => writeText(file, text));
    }
    await syncFile(path);
    await Deno.rename(path, out);
    await syncFile(dirname(out));
    return done;
  } catch (cause) {
    if (!(cause instanceof Error) || !("code" in cause)) throw cause;
    throw new BackupError(`--out ${out} cannot be written: ${cause.message}`, { cause });
  }
}

/** What was exported, or may be. */
interface Call extends Selection {
  readonly out: string | undefined;
  readonly terminal: Terminal;
}

async function exportJsonl(call: Call) {
  const { out, terminal } = call;
  const total = await countSelected(call);
  using progress = startProgress(total, "users", terminal);
  const run = (write: Write) =>
    exportLines({ ...call, write, total, now: Date.now(), onUser: () => progress.step() });
  return out === undefined ? await run(terminal.write) : await toFile(out, run);
}

async function exportPython(call: Call) {
  const { out = "", terminal } = call;
  await Deno.mkdir(out, { mode: 0o700 });
  const total = terminal.watched ? await countSelected(call) : 0;
  using progress = startProgress(total, "users", terminal);
  const users = await exportPythonState({
    ...call,
    directory: out,
    onUser: () => progress.step(),
  });
  return { users };
}

/** The users of --users; ids that cannot be any are told of. */
async function listedUsers(
  path: string | undefined,
  onSkipped: (skipped: Skipped) => void,
): Promise<readonly string[] | undefined> {
  if (path === undefined) return undefined;
  const { valid, invalid } = parseUserIds(await readTextOption("--users", path));
  for (const each of invalid) onSkipped(each);
  return valid;
}

/** Writes users to a file: for another instance, for the Python service, or for themselves. */
export const exportCommand: Command = {
  name: "export",
  summary: "writes users to a file that import reads, or to the Python service's files",
  help: `Usage: deno task cli export [--out FILE] [options]

Writes all that STATE_DIR holds of its users, as it stands when the command begins, as lines of
JSON: a header, the counts by prompt version, and each user with models, counters, decisions and
sync. Numbers are exact. Works on a copy that is gone afterwards; the service may run meanwhile.

  --out FILE        where to, instead of stdout; it must not exist yet
  --format python   writes the files of the Python service instead, into a new folder --out DIR:
                    models, counters and syncs, without decisions. Users who would share a file
                    there (a+b and a-b) are left out.
  --users FILE      these users alone: one id a line, or a JSON array of strings
  --state-dir DIR   instead of STATE_DIR of the environment
  --tmp DIR         where to make the copy, instead of STATE_DIR; it takes as much room
  --json            what was done as JSON; on stderr where the export goes to stdout

Exit code: 0 done, 1 users were left out or it failed on the way, 2 nothing was begun.`,
  async run(args, terminal) {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    const { out, format, json } = values;
    const python = format === "python";
    if (!python && format !== "jsonl") throw new UsageError("--format is jsonl or python");
    if (python && out === undefined) throw new UsageError("--out DIR is missing");
    if (out !== undefined && await exists(out)) throw new UsageError(`--out ${out} exists`);
    if (out !== undefined && !await exists(dirname(out))) {
      throw new UsageError(`--out ${out}: there is no folder ${dirname(out)}`);
    }
    const { stateDir, database } = stateOf(values["state-dir"], terminal);
    const skipped: Skipped[] = [];
    const onSkipped = (each: Skipped) => {
      skipped.push(each);
      terminal.err(`user ${JSON.stringify(each.user)} is left out: ${each.reason}`);
    };
    const users = await listedUsers(values.users, onSkipped);
    await using copy = await copyWatched(database, values.tmp ?? stateDir, terminal);
    await using snapshot = await openSnapshot(copy.path);
    const call = { snapshot, users, onSkipped, out, terminal };
    const done: { readonly users: number; readonly promptVersions?: number } = python
      ? await exportPython(call)
      : await exportJsonl(call);
    const report = json
      ? JSON.stringify({ users: done.users, prompt_versions: done.promptVersions, skipped })
      : `${done.users} users exported, ${skipped.length} left out`;
    (out === undefined ? terminal.err : terminal.out)(report);
    return skipped.length > 0 ? 1 : 0;
  },
};
