import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { BackupError } from "../backup/errors.ts";
import { checkIsFile } from "../backup/snapshot.ts";
import { openSnapshot, type Snapshot } from "../store/deno_kv/snapshot.ts";
import { integrityProblems } from "../store/deno_kv/sqlite.ts";
import { DatabaseFileError } from "../store/errors.ts";
import { type Problem, type Verified, verify } from "../verify/verify.ts";
import type { Command, Terminal } from "./command.ts";
import { startProgress } from "./progress.ts";
import { copyWatched, stateOf } from "./state.ts";

const OPTIONS = {
  from: { type: "string" },
  "state-dir": { type: "string" },
  tmp: { type: "string" },
  json: { type: "boolean", default: false },
} as const;

function describe({ user, promptVersion, problem }: Problem): string {
  if (user !== undefined) return `user ${JSON.stringify(user)}: ${problem}`;
  if (promptVersion === undefined) return `database: ${problem}`;
  return `prompt version ${JSON.stringify(promptVersion)}: ${problem}`;
}

function asJson({ user, promptVersion, problem }: Problem): string {
  return JSON.stringify({ user, prompt_version: promptVersion, problem });
}

type OnProblem = (problem: Problem) => void;

async function verifyRecords(
  path: string,
  decisionLogSize: number,
  onProblem: OnProblem,
  terminal: Terminal,
): Promise<Verified> {
  await using snapshot: Snapshot = await openSnapshot(
    path,
    (key) => onProblem({ problem: `row ${String(key.at(-1))} of the journal is damaged` }),
  );
  const total = terminal.watched ? await snapshot.countUsers() : 0;
  using progress = startProgress(total, "users", terminal);
  return await verify({ snapshot, decisionLogSize, onProblem, onUser: () => progress.step() });
}

const NOTHING: Verified = { users: 0, decisions: 0, promptVersions: 0 };

/** Reads the whole copy; what SQLite finds goes first, as it explains what follows. */
async function verifyDatabase(
  database: string,
  folder: string,
  decisionLogSize: number,
  onProblem: OnProblem,
  terminal: Terminal,
): Promise<Verified> {
  await checkIsFile(database);
  let damaged = false;
  try {
    // Page by page the same as the database, damage included.
    await using copy = await copyWatched(database, folder, terminal);
    for (const problem of await integrityProblems(copy.path)) {
      damaged = true;
      onProblem({ problem });
    }
    return await verifyRecords(copy.path, decisionLogSize, onProblem, terminal);
  } catch (error) {
    const unreadable = error instanceof DatabaseFileError || error instanceof BackupError;
    if (!unreadable && !damaged) throw error;
    onProblem({ problem: error instanceof Error ? error.message : String(error) });
    return NOTHING;
  }
}

/** Reads every record, and tells what is wrong. */
export const verifyCommand: Command = {
  name: "verify",
  summary: "reads every record, and tells what is wrong",
  help: `Usage: deno task cli verify [--from FILE] [options]

Reads all of STATE_DIR's database, or a backup, and tells of each problem, with the user's id in
JSON: records that cannot be read, a matrix A that is not positive definite, a theta
that is not finite, decisions missing among the last DECISION_LOG_SIZE or kept twice, counters
that are not those of the log, rewards of no decision, rows where they do not belong, and what
SQLite finds. Works on a copy that is gone afterwards; the service may run meanwhile.

  --from FILE       a backup, instead of STATE_DIR's database
  --state-dir DIR   instead of STATE_DIR of the environment
  --tmp DIR         where to make the copy, instead of beside the database; it takes as much room
  --json            an object a line: the problems, then the counts

Where DECISION_LOG_SIZE was raised, give the old value until users have so many decisions.

Exit code: 0 all is well, 1 problems were found, 2 nothing was begun.`,
  async run(args, terminal) {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    const { json } = values;
    const { stateDir, database, decisionLogSize } = stateOf(values["state-dir"], terminal);
    let problems = 0;
    const onProblem = (problem: Problem) => {
      problems++;
      terminal.out(json ? asJson(problem) : describe(problem));
    };
    const { users, decisions, promptVersions } = await verifyDatabase(
      values.from ?? database,
      values.tmp ?? (values.from === undefined ? stateDir : dirname(values.from)),
      decisionLogSize,
      onProblem,
      terminal,
    );
    terminal.out(
      json
        ? JSON.stringify({ users, decisions, prompt_versions: promptVersions, problems })
        : `${users} users, ${decisions} decisions, ${promptVersions} prompt versions: ` +
          (problems === 0 ? "all is well" : `${problems} problems`),
    );
    return problems === 0 ? 0 : 1;
  },
};
