import { Buffer } from "node:buffer";
import { decodeDecision, decodeUser } from "../codec.ts";
import type { StoredUser } from "../stored_user.ts";
import type { Journal } from "./journal.ts";
import { decodeSync, decodeUserRow, keys } from "./layout.ts";
import { decodeDecisionRow, type Entry } from "./rows.ts";

/** The rows of one user as they lie in the database, none of them decoded yet. */
export interface UserRows {
  readonly user: string;
  /** The values of `["user", id]` and `["sync", id]`; undefined where there is no such row. */
  readonly record: unknown;
  readonly sync: unknown;
  /** The rows of decisions, by the number in their key. */
  readonly decisions: readonly DecisionRow[];
  /** Decisions that have not moved out of the journal, oldest first. */
  readonly journal: readonly Entry[];
}

/** One row of decisions. */
export interface DecisionRow {
  readonly first: number;
  readonly value: unknown;
}

/** Called with the key of a row that no user can have. */
export type OnStray = (key: Deno.KvKey) => void;

interface Row {
  readonly user: string;
  readonly first: number;
  readonly value: unknown;
}

/** The rows under one prefix, one after the other. */
class Cursor {
  readonly #entries: AsyncIterator<Row>;
  row: Row | undefined;

  private constructor(entries: AsyncIterator<Row>) {
    this.#entries = entries;
  }

  static async open(entries: AsyncIterable<Row>): Promise<Cursor> {
    const cursor = new Cursor(entries[Symbol.asyncIterator]());
    await cursor.next();
    return cursor;
  }

  async next(): Promise<void> {
    const { value, done } = await this.#entries.next();
    this.row = done ? undefined : value;
  }

  /** The rows of this user, which must be the next here if it has any. */
  async take(user: string): Promise<Row[]> {
    const taken: Row[] = [];
    for (; this.row?.user === user; await this.next()) taken.push(this.row);
    return taken;
  }
}

async function* rowsUnder(
  kv: Deno.Kv,
  prefix: string,
  length: 2 | 3,
  onStray: OnStray,
): AsyncGenerator<Row> {
  for await (const { key, value } of kv.list({ prefix: [prefix] }, { batchSize: 100 })) {
    const [, user, first = 0] = key;
    const fits = key.length === length && typeof user === "string" && typeof first === "number";
    if (fits) yield { user, first, value };
    else onStray(key);
  }
}

/** As Deno KV sorts texts in keys: by the bytes of their UTF-8. */
function inKeyOrder(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function firstOf(users: readonly (string | undefined)[]): string | undefined {
  let first: string | undefined;
  for (const user of users) {
    if (user === undefined) continue;
    if (first === undefined || inKeyOrder(user, first) < 0) first = user;
  }
  return first;
}

/**
 * Every user there is, in the order of keys, with as much in memory as one user has: those with
 * nothing but decisions, in rows or in the journal, and those with nothing but a sync too.
 *
 * @param kv a database that nobody writes to meanwhile
 */
export async function* walkUsers(
  kv: Deno.Kv,
  journal: Journal,
  onStray: OnStray = () => {},
): AsyncGenerator<UserRows> {
  const records = await Cursor.open(rowsUnder(kv, "user", 2, onStray));
  const syncs = await Cursor.open(rowsUnder(kv, "sync", 2, onStray));
  const decisions = await Cursor.open(rowsUnder(kv, "decisions", 3, onStray));
  const journaled = [...journal.users()].sort(inKeyOrder);
  let at = 0;
  while (true) {
    const heads = [records.row?.user, syncs.row?.user, decisions.row?.user, journaled[at]];
    const user = firstOf(heads);
    if (user === undefined) return;
    if (journaled[at] === user) at++;
    const [[record], [sync]] = [await records.take(user), await syncs.take(user)];
    yield {
      user,
      record: record?.value,
      sync: sync?.value,
      decisions: await decisions.take(user),
      journal: journal.of(user),
    };
  }
}

/** The rows of one user. */
export async function rowsOf(kv: Deno.Kv, journal: Journal, user: string): Promise<UserRows> {
  const [record, sync] = await Promise.all([kv.get(keys.user(user)), kv.get(keys.sync(user))]);
  const decisions: DecisionRow[] = [];
  for await (const { key, value } of kv.list({ prefix: keys.decisions(user) })) {
    decisions.push({ first: Number(key[2]), value });
  }
  return {
    user,
    record: record.value ?? undefined,
    sync: sync.value ?? undefined,
    decisions,
    journal: journal.of(user),
  };
}

/** Whether there is anything of the user. */
export function hasRows({ record, sync, decisions, journal }: UserRows): boolean {
  return record !== undefined || sync !== undefined || decisions.length + journal.length > 0;
}

/**
 * A user from its rows.
 *
 * @throws {NewerRecordError} a newer version wrote some of it
 * @throws {StoreUnavailableError} some of it is damaged
 */
export function decodeUserRows({ user, record, sync, decisions, journal }: UserRows): StoredUser {
  // A crash while the journal moved can leave a decision in two rows: each number is taken once.
  const entries = new Map<number, Entry>();
  for (const { value } of decisions) {
    for (const entry of decodeDecisionRow(value)) entries.set(entry.number, entry);
  }
  for (const entry of journal) entries.set(entry.number, entry);
  return {
    user,
    record: record === undefined ? undefined : decodeUser(decodeUserRow(record).bytes),
    decisions: [...entries.values()].sort((a, b) => a.number - b.number)
      .map(({ bytes }) => decodeDecision(bytes)),
    sync: sync === undefined ? undefined : decodeSync(sync),
  };
}
