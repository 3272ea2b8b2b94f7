import { deflateSync, inflateSync } from "node:zlib";
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
const MAX_ROW_BYTES = 60_000;
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

const damaged = (cause: unknown) =>
  new StoreUnavailableError("A row of decisions is damaged", { cause });

const Row = z.array(z.tuple([z.string(), z.int(), z.instanceof(Uint8Array)]));
const Bytes = z.instanceof(Uint8Array);

/** The bytes of a row of the journal. */
export function encodeJournalRow(entries: readonly Entry[]): Uint8Array {
  return encoder.encode(entries.map(({ user, number, bytes }) => [user, number, bytes]));
}

/**
 * The decisions of a row of the journal.
 *
 * @throws {StoreUnavailableError} the row is damaged
 */
export function decodeJournalRow(value: unknown): Entry[] {
  try {
    return Row.parse(decode(Bytes.parse(value)))
      .map(([user, number, bytes]) => ({ user, number, bytes }));
  } catch (cause) {
    throw damaged(cause);
  }
}

/**
 * The bytes of a row of a user's decisions. They have much in common and stay for long, so they
 * are compressed, as fast as it goes: to an eighth, where the same tips come up again.
 */
export function encodeDecisionRow(entries: readonly Entry[]): Uint8Array {
  return deflateSync(encodeJournalRow(entries), { level: 1 });
}

/**
 * The decisions of a row of a user's.
 *
 * @throws {StoreUnavailableError} the row is damaged
 */
export function decodeDecisionRow(value: unknown): Entry[] {
  let row: Uint8Array;
  try {
    const { buffer, byteOffset, length } = inflateSync(Bytes.parse(value));
    row = new Uint8Array(buffer, byteOffset, length); // what is cut out of a Buffer is one too
  } catch (cause) {
    throw damaged(cause);
  }
  return decodeJournalRow(row);
}
