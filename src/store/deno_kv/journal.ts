import { decode, Encoder } from "@msgpack/msgpack";
import { z } from "zod";
import { StoreUnavailableError } from "../errors.ts";

/** A decision on its way into a row. */
export interface Entry {
  readonly user: string;
  readonly number: number;
  readonly bytes: Uint8Array;
}

// One for all, as its buffer grows to the size of a row.
const encoder = new Encoder();

/** Deno KV takes 65,536 bytes a value; msgpack and the serializer add a few to ours. */
export const MAX_ROW_BYTES = 60_000;
const ENTRY_OVERHEAD = 16;
/** Bytes of many entries share a buffer: one a decision would keep V8's collector busy. */
const CHUNK_BYTES = 256 * 1024;

/** What an entry adds to a row, at most. */
export function rowBytes({ user, bytes }: Entry): number {
  return bytes.length + user.length * 3 + ENTRY_OVERHEAD;
}

/** The entries in groups that each fit one row, in order. */
export function splitRows(entries: readonly Entry[]): Entry[][] {
  const rows: Entry[][] = [];
  let size = Infinity;
  for (const entry of entries) {
    const more = rowBytes(entry);
    if (size + more > MAX_ROW_BYTES) {
      rows.push([]);
      size = 0;
    }
    rows.at(-1)!.push(entry);
    size += more;
  }
  return rows;
}

const Row = z.array(z.tuple([z.string(), z.int(), z.instanceof(Uint8Array)]));

/** The bytes of a row of decisions. */
export function encodeRow(entries: readonly Entry[]): Uint8Array {
  return encoder.encode(entries.map(({ user, number, bytes }) => [user, number, bytes]));
}

/**
 * The decisions of a row.
 *
 * @throws {StoreUnavailableError} the row is damaged
 */
export function decodeRow(value: unknown): Entry[] {
  try {
    return Row.parse(decode(z.instanceof(Uint8Array).parse(value)))
      .map(([user, number, bytes]) => ({ user, number, bytes }));
  } catch (cause) {
    throw new StoreUnavailableError("A row of decisions is damaged", { cause });
  }
}

/** Some of a user's decisions, no more than a row holds, that move to a row of the user. */
export interface Move {
  readonly user: string;
  readonly entries: readonly Entry[];
}

/** An entry as it is remembered: it lives for seconds, so the fewer objects the better. */
interface Journaled {
  readonly number: number;
  /** The journal row it lies in. */
  readonly row: number;
  /** Where its bytes are. */
  readonly chunk: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** What lies in the journal's rows up to one, while it is moved away. */
interface Generation {
  readonly lastRow: number;
  /** The users that are not done. */
  users: string[];
  /** What has moved and still lies in a row: whose it is, and at the same place the row. */
  readonly movedUsers: string[];
  readonly movedRows: number[];
}

/**
 * What the journal's rows hold, in memory: the newest decisions of every user, until they have
 * moved to rows of their user. That goes by generations: all rows up to one are emptied, user by
 * user, and then deleted. Nothing is forgotten here before a write of it was answered; after one
 * that failed the journal is read back from its rows.
 *
 * Of users that are being erased it knows nothing but the rows in which something of theirs lies.
 */
export class Journal {
  readonly #byUser = new Map<string, Journaled[]>();
  readonly #limit: number;
  #firstRow = 1;
  #nextRow = 1;
  #chunk = new Uint8Array();
  #used = 0;
  /** Bytes that are in no generation yet. */
  #bytes = 0;
  #generation: Generation | undefined;
  readonly #erasing = new Set<string>();
  readonly #rowsOfErased = new Set<number>();

  /** @param limit bytes of decisions that make a generation */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The number of the next journal row. */
  get nextRow(): number {
    return this.#nextRow;
  }

  /** Whose decisions have not all moved yet. */
  users(): Iterable<string> {
    return this.#byUser.keys();
  }

  /** Takes over a row that is in the store now. */
  add(row: number, entries: readonly Entry[]): void {
    if (this.#nextRow === this.#firstRow) this.#firstRow = row;
    this.#nextRow = row + 1;
    for (const { user, number, bytes } of entries) {
      if (this.#erasing.has(user)) {
        this.#rowsOfErased.add(row);
        continue;
      }
      this.#bytes += bytes.length;
      const journaled = { number, row, ...this.#keep(bytes) };
      const list = this.#byUser.get(user);
      if (list) list.push(journaled);
      else this.#byUser.set(user, [journaled]);
    }
  }

  /** The user's decisions that have not moved yet, oldest first. */
  of(user: string): readonly Entry[] {
    return this.#byUser.get(user)?.map((journaled) => entryOf(user, journaled)) ?? [];
  }

  /** The user's newest decision, where it has not moved yet. */
  newestOf(user: string): Entry | undefined {
    const newest = this.#byUser.get(user)?.at(-1);
    return newest && entryOf(user, newest);
  }

  /** What is to move next, one row after the other; nothing where the journal is small. */
  *moves(): Iterable<Move> {
    if (!this.#generation && this.#bytes >= this.#limit) {
      this.#generation = {
        lastRow: this.#nextRow - 1,
        users: [...this.#byUser.keys()],
        movedUsers: [],
        movedRows: [],
      };
      this.#bytes = 0;
    }
    if (!this.#generation) return;
    const { lastRow, users } = this.#generation;
    for (let i = users.length - 1; i >= 0; i--) {
      const user = users[i]!;
      const entries = this.#byUser.get(user)!.filter(({ row }) => row <= lastRow)
        .map((journaled) => entryOf(user, journaled));
      for (const each of splitRows(entries)) yield { user, entries: each };
    }
  }

  /** Forgets what has moved: the first of what {@linkcode moves} gave, in its order. */
  moved(moves: readonly Move[]): void {
    for (const { user, entries } of moves) {
      const list = this.#byUser.get(user)!;
      const { lastRow, users, movedUsers, movedRows } = this.#generation!;
      for (const { row } of list.splice(0, entries.length)) {
        movedUsers.push(user);
        movedRows.push(row);
      }
      if (list.length === 0) this.#byUser.delete(user);
      if ((list[0]?.row ?? Infinity) > lastRow) users.pop();
    }
  }

  /** The first journal rows out of which everything has moved, at most so many. */
  emptyRows(most: number): number[] {
    const generation = this.#generation;
    if (!generation || generation.users.length > 0) return [];
    const count = Math.min(most, generation.lastRow - this.#firstRow + 1);
    return Array.from({ length: count }, (_, i) => this.#firstRow + i);
  }

  /** Forgets rows that were deleted; with the last of them the generation is over. */
  deleted(rows: readonly number[]): void {
    this.#firstRow += rows.length;
    if (this.#generation && this.#firstRow > this.#generation.lastRow) {
      this.#generation = undefined;
    }
  }

  /** The users that are being erased. */
  get erasing(): ReadonlySet<string> {
    return this.#erasing;
  }

  /** The rows in which decisions of {@linkcode erasing} may lie, moved ones too. */
  get rowsOfErased(): ReadonlySet<number> {
    return this.#rowsOfErased;
  }

  /** Forgets users, until {@linkcode erased} says that nothing of theirs lies in a row. */
  erase(users: ReadonlySet<string>): void {
    for (const user of users) {
      this.#erasing.add(user);
      for (const { row } of this.#byUser.get(user) ?? []) this.#rowsOfErased.add(row);
      this.#byUser.delete(user);
    }
    if (!this.#generation) return;
    const { movedUsers, movedRows } = this.#generation;
    this.#generation.users = this.#generation.users.filter((user) => !users.has(user));
    for (const [i, user] of movedUsers.entries()) {
      if (users.has(user)) this.#rowsOfErased.add(movedRows[i]!);
    }
  }

  /** The users are users like any other again. */
  erased(): void {
    this.#erasing.clear();
    this.#rowsOfErased.clear();
  }

  /** Copies bytes to where many lie together. */
  #keep(bytes: Uint8Array): Pick<Journaled, "chunk" | "start" | "end"> {
    if (this.#used + bytes.length > this.#chunk.length) {
      this.#chunk = new Uint8Array(Math.max(CHUNK_BYTES, bytes.length));
      this.#used = 0;
    }
    const start = this.#used;
    this.#chunk.set(bytes, start);
    this.#used += bytes.length;
    return { chunk: this.#chunk, start, end: this.#used };
  }
}

function entryOf(user: string, { number, chunk, start, end }: Journaled): Entry {
  return { user, number, bytes: chunk.subarray(start, end) };
}
