import { join } from "node:path";
import { StoreOpenError } from "../errors.ts";
import { lockDirectory, prepareDirectory, reason } from "./directory.ts";
import { keys, LAYOUT_FORMAT } from "./layout.ts";
import type { DenoKvStoreOptions } from "./options.ts";
import { finishReplacements } from "./replace.ts";
import { DenoKvStore } from "./store.ts";

/** The database's file in the state directory. */
export const DATABASE = "scorer.sqlite3";

/** The database of a state directory, and the lock that makes this process its only writer. */
export interface Locked {
  readonly kv: Deno.Kv;
  readonly lock: Deno.FsFile;
}

/**
 * Opens the embedded store, and makes it where there is none.
 *
 * @throws {StoreOpenError} the directory is another's, or in use; the database is damaged, of a
 *   newer version, or cannot be written to. The message says which, and what to do.
 */
export async function openDenoKvStore(
  options: DenoKvStoreOptions & { readonly directory: string },
): Promise<DenoKvStore> {
  return await openLocked(options.directory, async ({ kv, lock }) => {
    const store = new DenoKvStore(kv, lock, options);
    await store.recover();
    return store;
  });
}

/**
 * Takes a state directory for this process, and opens its database, made where there is none.
 *
 * @param use makes of it what is returned, which closes both
 * @throws {StoreOpenError} as {@linkcode openDenoKvStore} does
 */
export async function openLocked<T>(
  directory: string,
  use: (locked: Locked) => Promise<T>,
): Promise<T> {
  await using opened = new AsyncDisposableStack();
  await prepareDirectory(directory);
  const lock = await lockDirectory(directory);
  opened.defer(() => lock.close());
  const path = join(directory, DATABASE);
  try {
    const kv = await Deno.openKv(path);
    opened.defer(() => kv.close());
    await checkFormat(kv, path);
    await finishReplacements(kv);
    const used = await use({ kv, lock });
    opened.move();
    return used;
  } catch (cause) {
    if (cause instanceof StoreOpenError) throw cause;
    throw new StoreOpenError(
      `The database ${path} cannot be opened: ${reason(cause)}. If the disk is neither full nor ` +
        "read-only, the file is damaged: move it away and restore a backup",
      { cause },
    );
  }
}

async function checkFormat(kv: Deno.Kv, path: string): Promise<void> {
  const { value } = await kv.get(keys.format);
  if (value === null) {
    await kv.set(keys.format, LAYOUT_FORMAT);
  } else if (typeof value !== "number" || value > LAYOUT_FORMAT) {
    throw new StoreOpenError(
      `The database ${path} has format ${value}; this version reads formats up to ` +
        `${LAYOUT_FORMAT}. Run the version that wrote it, or a newer one`,
    );
  }
}
