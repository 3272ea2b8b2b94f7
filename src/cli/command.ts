/** What a command may use of the process it runs in. */
export interface Terminal {
  /** Writes a line to stdout. */
  readonly out: (line: string) => void;
  /** Writes text to stdout as it is, and waits until more can be taken. */
  readonly write: (text: string) => Promise<void>;
  /** Writes a line to stderr. */
  readonly err: (line: string) => void;
  /** Whether someone watches stderr, so that a progress bar is worth drawing. */
  readonly watched: boolean;
  /** An environment variable; asked for only where a command reads it. */
  readonly env: (name: string) => string | undefined;
  /** What commands are called by, where it is not `deno task cli`. */
  readonly program?: string;
}

/** One command of the command line. */
export interface Command {
  readonly name: string;
  /** A line for the list of commands. */
  readonly summary: string;
  /** All that `<command> --help` says. */
  readonly help: string;
  /**
   * Runs it and returns the exit code: 0 done, 1 done in part or found what it looks for, 2
   * not started.
   *
   * @throws {UsageError} the arguments or the files they name cannot be used
   */
  readonly run: (args: readonly string[], terminal: Terminal) => Promise<number>;
}

/** The command cannot start as it was called; `message` says what would be right. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * The text of a file that an option names.
 *
 * @throws {UsageError} it cannot be read, or is not UTF-8
 */
export async function readTextOption(option: string, path: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    throw new UsageError(`${option} ${path} cannot be read: ${cause.message}`, { cause });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new UsageError(`${option} ${path} is not UTF-8 text`, { cause });
  }
}
