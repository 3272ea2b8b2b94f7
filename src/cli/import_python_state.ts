import { join } from "node:path";
import { parseArgs } from "node:util";
import { parseConfig } from "../config.ts";
import {
  type ImportOptions,
  importPythonState,
  type ImportReport,
  type Parts,
} from "../python_state/import.ts";
import { recordImported } from "../python_state/marker.ts";
import { parseUserIds, type UserIds } from "../python_state/user_ids.ts";
import { DATABASE } from "../store/deno_kv/open.ts";
import { MemoryStore, openDenoKvStore, type Store, StoreUnavailableError } from "../store/mod.ts";
import { exists } from "../files.ts";
import { type Command, readTextOption, type Terminal, UsageError } from "./command.ts";
import { startProgress } from "./progress.ts";

const OPTIONS = {
  dir: { type: "string" },
  users: { type: "string" },
  "state-dir": { type: "string" },
  "dry-run": { type: "boolean", default: false },
  force: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
} as const;

async function checkFolder(path: string): Promise<void> {
  try {
    if ((await Deno.stat(path)).isDirectory) return;
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    throw new UsageError(`--dir ${path} cannot be read: ${cause.message}`, { cause });
  }
  throw new UsageError(`--dir ${path} is not a folder`);
}

async function openStore(directory: string, decisionLogSize: number, dry: boolean): Promise<Store> {
  // Opening would make the database.
  if (dry && !await exists(join(directory, DATABASE))) return new MemoryStore({ decisionLogSize });
  return await openDenoKvStore({ directory, decisionLogSize });
}

/** Imports, with the progress bar gone before the report comes. */
async function importWatched(
  options: ImportOptions,
  terminal: Terminal,
): Promise<ImportReport> {
  using progress = startProgress(options.users.length, "users", terminal);
  return await importPythonState({ ...options, onUser: () => progress.step() });
}

type Report = Omit<ImportReport, "digests">;

/** The report with the ids that never came so far. */
function withInvalid({ digests: _, ...report }: ImportReport, { invalid }: UserIds): Report {
  const refused = invalid.map(({ user, reason }) => ({ user, reasons: [reason] }));
  return { ...report, skipped: [...refused, ...report.skipped] };
}

function describe(report: Report, dryRun: boolean): string {
  const users = (title: string, list: readonly Parts[]) => [
    `${title}: ${list.length}`,
    ...list.map(({ user, parts }) => `  ${JSON.stringify(user)}: ${parts.join(", ")}`),
  ];
  return [
    ...users(dryRun ? "Would be imported" : "Imported", report.imported),
    ...users("Unchanged, as they were imported before", report.unchanged),
    ...users("Kept as they are here (--force overwrites them)", report.kept),
    `Skipped: ${report.skipped.length}`,
    ...report.skipped.flatMap(({ user, reasons }) =>
      reasons.map((reason) => `  ${JSON.stringify(user)}: ${reason}`)
    ),
    `Users without files: ${report.withoutFiles.length}`,
    ...report.withoutFiles.map((user) => `  ${JSON.stringify(user)}`),
    `Files that no user leads to: ${report.notClaimed.length}`,
    ...report.notClaimed.map((file) => `  ${file}`),
  ].join("\n");
}

function asJson(report: Report, dryRun: boolean): string {
  const { imported, unchanged, kept, skipped, withoutFiles, notClaimed } = report;
  return JSON.stringify({
    dry_run: dryRun,
    imported,
    unchanged,
    kept,
    skipped,
    without_files: withoutFiles,
    not_claimed: notClaimed,
  });
}

/** Imports the state of the Python service that this one replaces. */
export const importPythonStateCommand: Command = {
  name: "import-python-state",
  summary: "imports the state of the Python service",
  help: `Usage: deno task cli import-python-state --dir DIR --users FILE [options]

Imports models, counters and syncs from DIR, the STATE_DIR of the Python service, into the
STATE_DIR of this one, which must not be running. The names of its files do not lead back to
user ids, so FILE lists those: one a line, or a JSON array of strings.

  --state-dir DIR   where to import to, instead of STATE_DIR of the environment
  --dry-run         changes nothing, and tells what would be done
  --force           replaces users who exist here: their models, counters and history
  --json            the report as JSON

A user is imported whole or not at all, and a second run changes nothing. Skipped and reported
are users with a damaged file, and users who share a file name (a+b and a-b).

Exit code: 0 done, 1 users were skipped or the store failed on the way, 2 nothing was begun.`,
  async run(args, terminal) {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    const { dir, users: list, force, json, "dry-run": dryRun } = values;
    if (dir === undefined) throw new UsageError("--dir DIR is missing");
    if (list === undefined) throw new UsageError("--users FILE is missing");
    const { env } = terminal;
    const { stateDir, decisionLogSize } = parseConfig({
      STATE_DIR: values["state-dir"] ?? env("STATE_DIR"),
      DECISION_LOG_SIZE: env("DECISION_LOG_SIZE"),
    });
    const ids = parseUserIds(await readTextOption("--users", list));
    await checkFolder(dir);

    await using store = await openStore(stateDir, decisionLogSize, dryRun);
    let result: ImportReport;
    try {
      const options = { directory: dir, users: ids.valid, store, dryRun, force };
      result = await importWatched(options, terminal);
      if (!dryRun) await recordImported(stateDir, result.digests);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      terminal.err(
        `${error.message}\nSome users were imported; the same command goes on from there`,
      );
      return 1;
    }
    const report = withInvalid(result, ids);
    terminal.out(json ? asJson(report, dryRun) : describe(report, dryRun));
    return report.skipped.length > 0 ? 1 : 0;
  },
};
