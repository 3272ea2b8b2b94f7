import { join } from "node:path";

const PREFIX = ".tip-scorer-";
const LOCK = "lock";
/** What ends a command from outside, and the exit code that shells give it. */
const SIGNALS = [["SIGINT", 130], ["SIGTERM", 143]] as const;

/**
 * A folder for the copies that a command makes, closed to others. It goes with the command, also
 * where a signal ends that; what a kill left behind goes with the next command.
 */
export class TemporaryFolder implements AsyncDisposable {
  readonly path: string;
  readonly #lock: Deno.FsFile;
  readonly #listeners: readonly (readonly [Deno.Signal, () => void])[];

  private constructor(path: string, lock: Deno.FsFile) {
    this.path = path;
    this.#lock = lock;
    this.#listeners = SIGNALS.map(([signal, code]) => [signal, () => {
      Deno.removeSync(path, { recursive: true });
      Deno.exit(code);
    }]);
    for (const [signal, listener] of this.#listeners) Deno.addSignalListener(signal, listener);
  }

  /** Makes one in `parent`. */
  static async make(parent: string): Promise<TemporaryFolder> {
    await removeLeft(parent);
    const path = await Deno.makeTempDir({ dir: parent, prefix: PREFIX }); // for its owner alone
    const lock = await Deno.open(join(path, LOCK), { createNew: true, write: true });
    await lock.lock(true);
    return new TemporaryFolder(path, lock);
  }

  /** The path of a new empty file in it, closed to others. */
  async file(name: string): Promise<string> {
    const path = join(this.path, name);
    await Deno.writeFile(path, new Uint8Array(), { createNew: true, mode: 0o600 });
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const [signal, listener] of this.#listeners) Deno.removeSignalListener(signal, listener);
    await Deno.remove(this.path, { recursive: true });
    this.#lock.close();
  }
}

/** Removes the folders of commands that were killed: a lock goes with its process. */
async function removeLeft(parent: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(parent)) {
    if (!isDirectory || !name.startsWith(PREFIX)) continue;
    let free: boolean;
    try {
      using lock = await Deno.open(join(parent, name, LOCK), { write: true });
      free = await lock.tryLock(true);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) continue; // it is being made, or removed
      throw error;
    }
    if (free) await Deno.remove(join(parent, name), { recursive: true });
  }
}
