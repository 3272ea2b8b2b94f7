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

/** Some of a user's decisions whose place is the user's own rows now. */
export interface Settling {
  readonly user: string;
  readonly entries: readonly Entry[];
}

interface Journaled extends Entry {
  /** The journal row it lies in. */
  readonly row: number;
}

/**
 * What the journal's rows hold, in memory: the newest decisions of every user, until they are
 * settled into rows of their user. The journal is settled in generations: all rows up to one,
 * user by user, and then these rows are deleted.
 */
export class Journal {
  readonly #byUser = new Map<string, Journaled[]>();
  #firstRow = 1;
  #nextRow = 1;
  #bytes = 0;
  #generation: { readonly lastRow: number; readonly users: Iterator<string> } | undefined;

  /** @param limit bytes of decisions at which a generation is closed and settled */
  constructor(private readonly limit: number) {}

  /** The number of the next journal row. */
  get nextRow(): number {
    return this.#nextRow;
  }

  /** Takes over a row that is in the store now. */
  add(row: number, entries: readonly Entry[]): void {
    if (this.#nextRow === this.#firstRow) this.#firstRow = row;
    this.#nextRow = row + 1;
    for (const entry of entries) {
      this.#bytes += entry.bytes.length;
      const journaled = { ...entry, row };
      const list = this.#byUser.get(entry.user);
      if (list) list.push(journaled);
      else this.#byUser.set(entry.user, [journaled]);
    }
  }

  /** The user's decisions that are not settled yet, oldest first. */
  of(user: string): readonly Entry[] {
    return this.#byUser.get(user) ?? [];
  }

  /**
   * The next users to settle, with at most `bytes` of decisions where one user has no more than
   * that; empty when there is nothing to settle now.
   */
  nextToSettle(users: number, bytes: number): Settling[] {
    if (!this.#generation) {
      if (this.#bytes < this.limit) return [];
      this.#generation = { lastRow: this.#nextRow - 1, users: [...this.#byUser.keys()].values() };
      this.#bytes = 0;
    }
    const { lastRow, users: rest } = this.#generation;
    const slice: Settling[] = [];
    for (let size = 0; slice.length < users && size < bytes;) {
      const next = rest.next();
      if (next.done) break;
      const entries = this.#byUser.get(next.value)!.filter(({ row }) => row <= lastRow);
      slice.push({ user: next.value, entries });
      for (const entry of entries) size += rowBytes(entry);
    }
    return slice;
  }

  /** Forgets what was settled. */
  settled({ user, entries }: Settling): void {
    const list = this.#byUser.get(user)!;
    list.splice(0, entries.length);
    if (list.length === 0) this.#byUser.delete(user);
  }

  /** The journal rows that can be deleted: those of a generation that is settled whole. */
  spentRows(most: number): number[] {
    const generation = this.#generation;
    if (!generation) return [];
    const rows: number[] = [];
    for (let row = this.#firstRow; row <= generation.lastRow && rows.length < most; row++) {
      rows.push(row);
    }
    return rows;
  }

  /** Forgets rows that were deleted; with the last of them the generation is over. */
  deleted(rows: readonly number[]): void {
    this.#firstRow += rows.length;
    if (this.#generation && this.#firstRow > this.#generation.lastRow) {
      this.#generation = undefined;
    }
  }
}
