import { dirname } from "node:path";
import { exists } from "../files.ts";
import { integrityProblems, syncFile } from "../store/deno_kv/sqlite.ts";
import { StoreOpenError } from "../store/errors.ts";
import { BackupError } from "./errors.ts";
import { type OnPages, takeCopy } from "./snapshot.ts";

/** What to back up, and to where. */
export interface BackupOptions {
  readonly database: string;
  /** A file that does not exist yet. */
  readonly out: string;
  readonly onPages?: OnPages;
}

/**
 * Writes a copy of a database, as it stands now, to a file. The file is there once the copy is
 * whole, verified and durable, and not before.
 *
 * @returns the file's size in bytes
 * @throws {StoreOpenError} there is no such database, or the file exists
 * @throws {BackupError} the copy cannot be written, or is damaged
 */
export async function backUp({ database, out, onPages }: BackupOptions): Promise<number> {
  if (await exists(out)) throw new StoreOpenError(`${out} exists; a backup replaces nothing`);
  const folder = dirname(out);
  if (!await exists(folder)) throw new StoreOpenError(`There is no folder ${folder}`);
  await using copy = await takeCopy({ database, folder, ...(onPages && { onPages }) });
  const problems = await integrityProblems(copy.path);
  if (problems.length > 0) {
    throw new BackupError(
      `The database is damaged, and was not backed up:\n${problems.join("\n")}`,
    );
  }
  const { size } = await Deno.stat(copy.path);
  await Deno.rename(copy.path, out);
  await syncFile(folder);
  return size;
}
