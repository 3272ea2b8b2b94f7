import { join } from "node:path";
import { exists } from "../files.ts";
import { lockDirectory, prepareDirectory } from "../store/deno_kv/directory.ts";
import { DATABASE } from "../store/deno_kv/open.ts";
import { openSnapshot } from "../store/deno_kv/snapshot.ts";
import { foldLog, integrityProblems, syncFile } from "../store/deno_kv/sqlite.ts";
import { DatabaseFileError, StoreOpenError } from "../store/errors.ts";
import { checkIsFile, type OnPages, takeCopy } from "./snapshot.ts";

/** What SQLite keeps beside a database, and applies to whatever database lies there. */
const COMPANIONS = ["-wal", "-shm", "-journal"];

/** What to restore, and to where. */
export interface RestoreOptions {
  /** A backup. */
  readonly from: string;
  readonly stateDir: string;
  /** Takes the place of a database that exists, which is kept under another name. */
  readonly force: boolean;
  /** ms since the epoch. */
  readonly now: number;
  readonly onPages?: OnPages;
}

/**
 * Puts a backup in the place of a state directory's database.
 *
 * @returns the path that the old database has now; undefined where there was none
 * @throws {StoreOpenError} the directory is in use, the backup is damaged or of a newer version,
 *   or there is a database already
 * @throws {BackupError} the backup cannot be copied
 */
export async function restore(options: RestoreOptions): Promise<string | undefined> {
  const { from, stateDir, force, onPages } = options;
  const database = join(stateDir, DATABASE);
  await checkIsFile(from); // before a directory is made for it
  await prepareDirectory(stateDir);
  using _lock = await lockDirectory(stateDir);
  const replaces = await exists(database);
  if (replaces && !force) {
    throw new StoreOpenError(`${database} exists; --force keeps it under another name`);
  }
  await using copy = await takeCopy({
    database: from,
    folder: stateDir,
    ...(onPages && { onPages }),
  });
  await checkUsable(copy.path, from);
  await syncFile(copy.path);
  const old = replaces ? await setAside(database, options.now) : undefined;
  // Left behind by a database that is gone: it must not be applied to this one.
  for (const each of COMPANIONS) await removeIfThere(database + each);
  await syncFile(stateDir);
  await Deno.rename(copy.path, database);
  await syncFile(stateDir);
  return old;
}

async function checkUsable(path: string, from: string): Promise<void> {
  const problems = await integrityProblems(path);
  if (problems.length > 0) {
    throw new StoreOpenError(`${from} is damaged, nothing was changed:\n${problems.join("\n")}`);
  }
  {
    await using _snapshot = await openSnapshot(path);
  }
  await foldLog(path); // which reading it has begun
}

/** Gives the old database a second name; it leaves its own when the new one takes that. */
async function setAside(database: string, now: number): Promise<string> {
  const time = new Date(now).toISOString().replace(/[-:]|\.\d+/g, "");
  const old = `${database}.${time}.bak`;
  try {
    await foldLog(database);
  } catch (error) {
    if (!(error instanceof DatabaseFileError)) throw error;
    // It is damaged: whoever repairs it needs its log.
    for (const each of COMPANIONS) await linkIfThere(database + each, old + each);
  }
  await Deno.link(database, old);
  return old;
}

async function linkIfThere(from: string, to: string): Promise<void> {
  if (await exists(from)) await Deno.link(from, to);
}

async function removeIfThere(path: string): Promise<void> {
  if (await exists(path)) await Deno.remove(path);
}
