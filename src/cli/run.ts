import { ConfigError } from "../config.ts";
import { BackupError } from "../backup/errors.ts";
import { DatabaseFileError, StoreOpenError, StoreUnavailableError } from "../store/errors.ts";
import { backupCommand } from "./backup.ts";
import { checkProfile } from "./check_profile.ts";
import { type Command, type Terminal, UsageError } from "./command.ts";
import { deadLetters } from "./dead_letters.ts";
import { exportCommand } from "./export.ts";
import { health } from "./health.ts";
import { importCommand } from "./import.ts";
import { importPythonStateCommand } from "./import_python_state.ts";
import { openapi } from "./openapi.ts";
import { restoreCommand } from "./restore.ts";
import { verifyCommand } from "./verify.ts";

/** Every command there is. */
export const COMMANDS: readonly Command[] = [
  backupCommand,
  restoreCommand,
  exportCommand,
  importCommand,
  verifyCommand,
  importPythonStateCommand,
  openapi,
  checkProfile,
  deadLetters,
  health,
];

/** The exit code of a command that could not start. */
const NOT_STARTED = 2;
/** The exit code of a command that could not go on. */
const NOT_DONE = 1;

/** How the texts of commands name the program. */
const TASK = "deno task cli";

function usage(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  return [
    `Usage: ${TASK} <command> [options]`,
    "",
    ...COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    "",
    "<command> --help tells more of each.",
  ].join("\n");
}

/** Whether `error` says that a command was called wrongly, or cannot begin as things are. */
function isExpected(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  if (error instanceof UsageError || error instanceof ConfigError) return true;
  if (error instanceof StoreOpenError) return true;
  return "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS_");
}

/** Whether `error` says that the disk or the database has failed a command on its way. */
function isFailure(error: unknown): error is Error {
  return error instanceof BackupError || error instanceof DatabaseFileError ||
    error instanceof StoreUnavailableError;
}

/** Runs the command that the arguments name, and returns the exit code. */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  const named = (text: string) => text.replaceAll(TASK, terminal.program ?? TASK);
  const [name, ...rest] = args;
  if (name === "--help" || name === "-h" || name === "help") {
    terminal.out(named(usage()));
    return 0;
  }
  const command = COMMANDS.find((command) => command.name === name);
  if (command === undefined) {
    const list = named(usage());
    terminal.err(name === undefined ? list : `There is no command ${name}.\n\n${list}`);
    return NOT_STARTED;
  }
  if (rest.includes("--help") || rest.includes("-h")) {
    terminal.out(named(command.help));
    return 0;
  }
  try {
    return await command.run(rest, terminal);
  } catch (error) {
    // Whoever read stdout has seen enough: export | head.
    if (error instanceof Deno.errors.BrokenPipe) return NOT_DONE;
    if (isFailure(error)) {
      terminal.err(error.message);
      return NOT_DONE;
    }
    if (!isExpected(error)) throw error;
    terminal.err(named(`${error.message}\nSee: ${TASK} ${command.name} --help`));
    return NOT_STARTED;
  }
}
