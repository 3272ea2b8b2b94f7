import { backup, DatabaseSync } from "node:sqlite";
import { DatabaseFileError } from "../errors.ts";
import { reason } from "./directory.ts";

/** Pages that are copied before others get a turn: 8 MB. */
const PAGES_AT_ONCE = 2000;

async function withDatabase<T>(
  path: string,
  readOnly: boolean,
  run: (database: DatabaseSync) => T | Promise<T>,
): Promise<T> {
  try {
    const database = new DatabaseSync(path, { readOnly, timeout: 5000 });
    try {
      return await run(database);
    } finally {
      database.close();
    }
  } catch (cause) {
    throw new DatabaseFileError(`${path}: ${reason(cause)}`, { cause });
  }
}

/**
 * Copies a database as it stands now, page by page, though another process writes to it: SQLite's
 * online backup, in one read transaction. (VACUUM INTO attaches the copy, which Deno allows with
 * all permissions alone.) The copy is one file, durable, that can be read where nothing can be
 * written.
 *
 * @param to an empty file
 * @param onPages called with how many pages of how many were copied
 * @throws {DatabaseFileError} one of the two files cannot be used, or the disk is full
 */
export async function copyDatabase(
  from: string,
  to: string,
  onPages: (copied: number, total: number) => void = () => {},
): Promise<void> {
  await withDatabase(from, true, async (source) => {
    // The transaction begins with the first read; without it, every write makes the copy restart.
    source.exec("BEGIN");
    source.prepare("SELECT count(*) FROM sqlite_schema").get();
    await backup(source, to, {
      rate: PAGES_AT_ONCE,
      progress: ({ totalPages, remainingPages }) =>
        onPages(totalPages - remainingPages, totalPages),
    });
  });
  // Of a database with a write-ahead log the copy would need one too, even to be read.
  await withDatabase(to, false, (copy) => copy.exec("PRAGMA journal_mode = DELETE"));
  await syncFile(to);
}

/**
 * What SQLite finds wrong in a file, in its own words; nothing where it is well.
 *
 * @throws {DatabaseFileError} it cannot be opened
 */
export async function integrityProblems(path: string): Promise<string[]> {
  return await withDatabase(path, true, (database) => {
    const rows = database.prepare("PRAGMA integrity_check(20)").all();
    return rows.map((row) => String(row["integrity_check"])).filter((text) => text !== "ok");
  });
}

/**
 * Moves all of the write-ahead log into the database's own file, so that this is all there is.
 *
 * @throws {DatabaseFileError} it is damaged, or in use
 */
export async function foldLog(path: string): Promise<void> {
  await withDatabase(path, false, (database) => database.exec("PRAGMA journal_mode = DELETE"));
}

/** Waits until the file, or what a folder lists, is on the disk. */
export async function syncFile(path: string): Promise<void> {
  using file = await Deno.open(path);
  await file.sync();
}
