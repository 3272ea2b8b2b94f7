import { parseArgs } from "node:util";
import {
  type ExportFile,
  ExportFileError,
  importLines,
  type ImportOutcome,
  type ImportTarget,
  openExport,
  type Outcomes,
} from "../export/import.ts";
import { readLines } from "../export/read_lines.ts";
import { exists } from "../files.ts";
import { openBulkStore } from "../store/deno_kv/bulk.ts";
import { type Command, type Terminal, UsageError } from "./command.ts";
import { startProgress } from "./progress.ts";
import { type State, stateOf } from "./state.ts";

const OPTIONS = {
  from: { type: "string" },
  "state-dir": { type: "string" },
  "dry-run": { type: "boolean", default: false },
  force: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
} as const;

/** What a dry run finds where there is no database: opening would make one. */
const EMPTY: ImportTarget & AsyncDisposable = {
  load: () => Promise.resolve(undefined),
  promptCounts: () => Promise.resolve(new Map()),
  replace: () => Promise.resolve(),
  replacePromptCounts: () => Promise.resolve(),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

async function openTarget(
  { stateDir, database, decisionLogSize }: State,
  dryRun: boolean,
): Promise<ImportTarget & AsyncDisposable> {
  if (dryRun && !await exists(database)) return EMPTY;
  return await openBulkStore({ directory: stateDir, decisionLogSize });
}

async function openFile(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path);
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    throw new UsageError(`--from ${path} cannot be read: ${cause.message}`, { cause });
  }
}

async function readHeader(path: string, file: Deno.FsFile): Promise<ExportFile> {
  try {
    return await openExport(readLines(file.readable));
  } catch (cause) {
    if (!(cause instanceof ExportFileError)) throw cause;
    throw new UsageError(`--from ${path}: ${cause.message}`, { cause });
  }
}

interface Call {
  readonly from: string;
  readonly force: boolean;
  readonly dryRun: boolean;
}

async function importFile(call: Call, state: State, terminal: Terminal): Promise<ImportOutcome> {
  using opened = await openFile(call.from);
  const file = await readHeader(call.from, opened);
  await using target = await openTarget(state, call.dryRun);
  const { users, prompt_versions } = file.header;
  using progress = startProgress(users + prompt_versions, "lines", terminal);
  return await importLines({
    ...call,
    file,
    target,
    onSkipped: (line, reason) => terminal.err(`line ${line}: ${reason}`),
    onLine: () => progress.step(),
  });
}

function describe({ users, promptVersions, skipped, missing }: ImportOutcome, dry: boolean) {
  const counts = (of: Outcomes) =>
    `${of.imported} ${dry ? "would be imported" : "imported"}, ${of.unchanged} unchanged, ` +
    `${of.kept} kept as they are here`;
  return [
    `Users: ${counts(users)}`,
    `Prompt versions: ${counts(promptVersions)}`,
    ...(skipped > 0 ? [`Lines skipped: ${skipped}`] : []),
    ...(missing > 0
      ? [`Lines missing, as the file ends early or its export left users out: ${missing}`]
      : []),
  ].join("\n");
}

/** Imports what `export` has written. */
export const importCommand: Command = {
  name: "import",
  summary: "imports users that export has written",
  help: `Usage: deno task cli import --from FILE [options]

Imports the users of FILE, which export has written, into STATE_DIR: exactly as they were, each
whole or not at all. The service must not be running. Who is here already and differs is kept;
a second run changes nothing, and one that was interrupted goes on. A line that is damaged is
told of and left out.

  --state-dir DIR   where to import to, instead of STATE_DIR of the environment
  --dry-run         changes nothing, and tells what would be done
  --force           replaces users and counts of prompt versions that differ here
  --json            what was done as JSON

Exit code: 0 done, 1 lines were left out or the store failed on the way, 2 nothing was begun.`,
  async run(args, terminal) {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    const { from, force, json, "dry-run": dryRun } = values;
    if (from === undefined) throw new UsageError("--from FILE is missing");
    const state = stateOf(values["state-dir"], terminal);
    const outcome = await importFile({ from, force, dryRun }, state, terminal);
    const { users, promptVersions, skipped, missing } = outcome;
    terminal.out(
      json
        ? JSON.stringify({
          dry_run: dryRun,
          users,
          prompt_versions: promptVersions,
          skipped,
          missing,
        })
        : describe(outcome, dryRun),
    );
    return skipped + missing > 0 ? 1 : 0;
  },
};
