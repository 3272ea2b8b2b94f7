import { copyDatabase } from "../store/deno_kv/sqlite.ts";
import { DatabaseFileError, StoreOpenError } from "../store/errors.ts";
import { BackupError } from "./errors.ts";
import { TemporaryFolder } from "./temporary_folder.ts";

/** Called while pages are copied. */
export type OnPages = (copied: number, total: number) => void;

/** A copy of a database that is gone when it is disposed of. */
export interface Copy extends AsyncDisposable {
  readonly path: string;
}

/** What to copy. */
export interface CopyOptions {
  /** The database's file; a service may be writing to it. */
  readonly database: string;
  /** A folder with room for the copy. */
  readonly folder: string;
  readonly onPages?: OnPages;
}

/**
 * Copies a database as it stands now into a temporary folder. All that was answered before is in
 * the copy.
 *
 * @throws {StoreOpenError} there is no such database, or the folder cannot be written to
 * @throws {BackupError} it cannot be copied
 */
export async function takeCopy({ database, folder, onPages }: CopyOptions): Promise<Copy> {
  await checkIsFile(database);
  await using made = new AsyncDisposableStack();
  const temporary = made.use(await makeFolder(folder));
  try {
    const path = await temporary.file("copy.sqlite3");
    await copyDatabase(database, path, onPages);
    const all = made.move();
    return { path, [Symbol.asyncDispose]: () => all.disposeAsync() };
  } catch (cause) {
    if (!(cause instanceof DatabaseFileError)) throw cause;
    throw new BackupError(`The database cannot be copied: ${cause.message}`, { cause });
  }
}

async function makeFolder(parent: string): Promise<TemporaryFolder> {
  try {
    return await TemporaryFolder.make(parent);
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    throw new StoreOpenError(`${parent} cannot be written to: ${cause.message}`, { cause });
  }
}

/**
 * Checks that there is a file.
 *
 * @throws {StoreOpenError} there is none
 */
export async function checkIsFile(path: string): Promise<void> {
  try {
    if ((await Deno.stat(path)).isFile) return;
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    throw new StoreOpenError(`${path} cannot be read: ${cause.message}`, { cause });
  }
  throw new StoreOpenError(`${path} is not a file`);
}
