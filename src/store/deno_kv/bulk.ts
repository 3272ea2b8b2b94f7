import type { PromptCounts } from "../../bandit/prompt_counts.ts";
import { StoreUnavailableError } from "../errors.ts";
import { encodePromptCounts } from "../prompt_codec.ts";
import type { StoredUser } from "../stored_user.ts";
import { finishErasing } from "./erase.ts";
import type { Journal } from "./journal.ts";
import { keys } from "./layout.ts";
import { openLocked } from "./open.ts";
import { PromptRows } from "./prompt_rows.ts";
import { readJournal } from "./read.ts";
import { replaceUsers } from "./replace.ts";
import { settle } from "./settle.ts";
import { asUnavailable } from "./unavailable.ts";
import { decodeUserRows, hasRows, rowsOf } from "./walk.ts";

/** As much is settled at a time as one atomic write takes. */
const EVERYTHING = { bytes: Infinity, rows: Infinity };

/**
 * A state directory that one process has for itself, to read and replace users as they are.
 * Methods throw as those of a store do.
 */
export class BulkStore implements AsyncDisposable {
  readonly #kv: Deno.Kv;
  readonly #lock: Deno.FsFile;
  readonly #decisionLogSize: number;
  #journal: Journal;
  #drained = false;

  constructor(kv: Deno.Kv, lock: Deno.FsFile, journal: Journal, decisionLogSize: number) {
    this.#kv = kv;
    this.#lock = lock;
    this.#journal = journal;
    this.#decisionLogSize = decisionLogSize;
  }

  /** All that there is of a user. */
  load(user: string): Promise<StoredUser | undefined> {
    return guard(async () => {
      const rows = await rowsOf(this.#kv, this.#journal, user);
      return hasRows(rows) ? decodeUserRows(rows) : undefined;
    });
  }

  /** Replaces all that there is of these users, each whole or not at all. */
  replace(users: readonly StoredUser[]): Promise<void> {
    return guard(async () => {
      if (!this.#drained) await this.#drain();
      await replaceUsers(this.#kv, users);
    });
  }

  /** The counts by prompt version. */
  promptCounts(): Promise<ReadonlyMap<string, PromptCounts>> {
    return guard(() => new PromptRows(this.#kv).all());
  }

  /** Replaces the counts of one prompt version. */
  replacePromptCounts(version: string, counts: PromptCounts): Promise<void> {
    return guard(async () => {
      await this.#kv.set(keys.promptRow(version), encodePromptCounts(counts));
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#kv.close();
    this.#lock.close();
    return Promise.resolve();
  }

  /** Moves all of the journal to rows of its users: what lies there cannot be replaced. */
  async #drain(): Promise<void> {
    while (true) {
      const atomic = this.#kv.atomic();
      const journal = this.#journal;
      const settled = await settle(this.#kv, atomic, journal, EVERYTHING, this.#decisionLogSize);
      if (!settled || settled.moves.length + settled.rows.length === 0) break;
      if (!(await atomic.commit()).ok) throw new StoreUnavailableError("A write was refused");
      journal.settled(settled);
    }
    this.#drained = true;
  }
}

async function guard<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw asUnavailable(error);
  }
}

/**
 * Opens a state directory for {@linkcode BulkStore}.
 *
 * @throws {StoreOpenError} as when a store is opened
 */
export async function openBulkStore(
  { directory, decisionLogSize }: {
    readonly directory: string;
    readonly decisionLogSize: number;
  },
): Promise<BulkStore> {
  return await openLocked(directory, async ({ kv, lock }) => {
    // Every row belongs to a generation at once, so that all of them can be moved.
    const journal = await readJournal(kv, 0);
    await finishErasing(kv, journal);
    return new BulkStore(kv, lock, journal, decisionLogSize);
  });
}
