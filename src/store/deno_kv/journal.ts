import { type Entry, rowBytes, splitRows } from "./rows.ts";

/** Bytes of many entries share a buffer: one a decision would keep V8's collector busy. */
const CHUNK_BYTES = 256 * 1024;

/** Some of a user's decisions, no more than a row holds, that move to a row of the user. */
export interface Move {
  readonly user: string;
  readonly entries: readonly Entry[];
}

/** What comes into the journal: bytes and rows of decisions. */
export interface Incoming {
  readonly bytes: number;
  readonly rows: number;
}

/** What an atomic write settles; the journal forgets it when the write was answered. */
export interface Settled {
  readonly moves: readonly Move[];
  /** Journal rows that it deletes. */
  readonly rows: readonly number[];
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
  #firstRow = 1;
  #nextRow = 1;
  #chunk = new Uint8Array();
  #used = 0;
  /** Bytes that are in no generation yet. */
  #bytes = 0;
  #unsettled = { bytes: 0, rows: 0 };
  #generation: Generation | undefined;
  readonly #erasing = new Set<string>();
  readonly #rowsOfErased = new Set<number>();

  /** @param limit bytes of decisions that make a generation */
  constructor(readonly limit: number) {}

  /** The number of the next journal row. */
  get nextRow(): number {
    return this.#nextRow;
  }

  /** What came in since the last step of settling. */
  get unsettled(): Incoming {
    return this.#unsettled;
  }

  /** Whose decisions have not all moved yet. */
  users(): Iterable<string> {
    return this.#byUser.keys();
  }

  /** Takes over a row that is in the store now. */
  add(row: number, entries: readonly Entry[]): void {
    if (this.#nextRow === this.#firstRow) this.#firstRow = row;
    this.#nextRow = row + 1;
    this.#unsettled.rows++;
    for (const entry of entries) {
      const { user, number, bytes } = entry;
      this.#unsettled.bytes += rowBytes(entry);
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
    if (!this.#generation && this.#bytes >= this.limit) {
      this.#generation = {
        lastRow: this.#nextRow - 1,
        users: [...this.#byUser.keys()].sort(), // neighbours share pages of the database
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

  /** Forgets what a step has settled: the first of what {@linkcode moves} gave, in its order. */
  settled({ moves, rows }: Settled): void {
    this.#unsettled = { bytes: 0, rows: 0 };
    this.#moved(moves);
    this.#deleted(rows);
  }

  #moved(moves: readonly Move[]): void {
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

  /** With the last of its rows the generation is over. */
  #deleted(rows: readonly number[]): void {
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
