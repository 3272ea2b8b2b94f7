import { join } from "node:path";
import { StoreOpenError } from "../errors.ts";

const MODE = 0o700;

/**
 * Makes the state directory where it is missing, and sees that nobody else can reach into it.
 *
 * @throws {StoreOpenError} it is a link, no directory, another user's, or cannot be made
 */
export async function prepareDirectory(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true, mode: MODE });
  } catch (cause) {
    if (!(cause instanceof Deno.errors.AlreadyExists)) {
      throw new StoreOpenError(`STATE_DIR ${path} cannot be made: ${reason(cause)}`, { cause });
    }
  }
  const info = await Deno.lstat(path);
  if (info.isSymlink) {
    throw new StoreOpenError(`STATE_DIR ${path} is a link; name the directory it leads to`);
  }
  if (!info.isDirectory) throw new StoreOpenError(`STATE_DIR ${path} is not a directory`);
  const self = Deno.uid();
  if (self !== null && info.uid !== null && info.uid !== self) {
    throw new StoreOpenError(
      `STATE_DIR ${path} belongs to user ${info.uid}, not to user ${self} who runs the service; ` +
        "name a directory of its own, or chown it",
    );
  }
  if (info.mode !== null && (info.mode & 0o777) !== MODE) await Deno.chmod(path, MODE);
}

/**
 * Takes the directory for this process, until the file is closed or the process ends.
 *
 * @throws {StoreOpenError} another process has it, or the directory cannot be written to
 */
export async function lockDirectory(path: string): Promise<Deno.FsFile> {
  const name = join(path, "scorer.lock");
  let file: Deno.FsFile;
  try {
    file = await Deno.open(name, { create: true, write: true });
  } catch (cause) {
    throw new StoreOpenError(`STATE_DIR ${path} cannot be written to: ${reason(cause)}`, { cause });
  }
  if (await file.tryLock(true)) return file;
  file.close();
  throw new StoreOpenError(
    `STATE_DIR ${path} is in use by another process (it holds ${name}); ` +
      "stop it, or give this one a directory of its own",
  );
}

/** What went wrong, in a few words. */
export function reason(error: unknown): string {
  // Deno's own message tells to allow everything.
  if (error instanceof Deno.errors.NotCapable) return "this process may not write there";
  return error instanceof Error ? error.message : String(error);
}
