import type { PromptCounts } from "../../bandit/prompt_counts.ts";
import { StoreOpenError } from "../errors.ts";
import type { StoredUser } from "../stored_user.ts";
import { reason } from "./directory.ts";
import { finishErasing } from "./erase.ts";
import type { Journal } from "./journal.ts";
import { keys, LAYOUT_FORMAT } from "./layout.ts";
import { PromptRows } from "./prompt_rows.ts";
import { readJournal } from "./read.ts";
import { finishReplacements } from "./replace.ts";
import { asUnavailable } from "./unavailable.ts";
import { decodeUserRows, hasRows, type OnStray, rowsOf, type UserRows, walkUsers } from "./walk.ts";

/** A copy of a database, opened to be read. Nobody else may have it open. */
export class Snapshot implements AsyncDisposable {
  /** For what looks at rows as they lie there. */
  readonly kv: Deno.Kv;
  readonly #journal: Journal;

  constructor(kv: Deno.Kv, journal: Journal) {
    this.kv = kv;
    this.#journal = journal;
  }

  /** Every user's rows, with as much in memory as one user has. */
  users(onStray?: OnStray): AsyncGenerator<UserRows> {
    return walkUsers(this.kv, this.#journal, onStray);
  }

  /** How many users there are. */
  async countUsers(): Promise<number> {
    let count = 0;
    for await (const _ of this.users()) count++;
    return count;
  }

  /** One user's rows; undefined where there are none. */
  async userRows(user: string): Promise<UserRows | undefined> {
    const rows = await rowsOf(this.kv, this.#journal, user);
    return hasRows(rows) ? rows : undefined;
  }

  /**
   * All that there is of a user.
   *
   * @throws {NewerRecordError} a newer version wrote some of it
   * @throws {StoreUnavailableError} some of it is damaged
   */
  async user(user: string): Promise<StoredUser | undefined> {
    const rows = await this.userRows(user);
    return rows && decodeUserRows(rows);
  }

  /**
   * The counts by prompt version.
   *
   * @throws {NewerRecordError} a newer version wrote some of them
   * @throws {StoreUnavailableError} some of them are damaged
   */
  async promptCounts(): Promise<ReadonlyMap<string, PromptCounts>> {
    try {
      return await new PromptRows(this.kv).all();
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.kv.close();
    return Promise.resolve();
  }
}

/**
 * Opens a copy of a database. What a crash left half done is put right in the copy.
 *
 * @param onDamaged takes the place of the error where a row of the journal is damaged
 * @throws {StoreOpenError} it is no database of this service, damaged, or of a newer version
 */
export async function openSnapshot(
  path: string,
  onDamaged?: (key: Deno.KvKey) => void,
): Promise<Snapshot> {
  await using opened = new AsyncDisposableStack();
  try {
    const kv = await Deno.openKv(path);
    opened.defer(() => kv.close());
    const { value } = await kv.get(keys.format);
    if (typeof value !== "number") throw new StoreOpenError("It holds no state of this service");
    if (value > LAYOUT_FORMAT) {
      throw new StoreOpenError(
        `The database has format ${value}; this version reads formats up to ${LAYOUT_FORMAT}`,
      );
    }
    await finishReplacements(kv);
    const journal = await readJournal(kv, 0, onDamaged);
    await finishErasing(kv, journal);
    opened.move();
    return new Snapshot(kv, journal);
  } catch (cause) {
    if (cause instanceof StoreOpenError) throw cause;
    throw new StoreOpenError(`The database cannot be read: ${reason(cause)}`, { cause });
  }
}
