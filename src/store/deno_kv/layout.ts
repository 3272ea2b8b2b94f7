import { decode, encode } from "@msgpack/msgpack";
import { z } from "zod";
import type { SyncRecord } from "../../bandit/records.ts";
import { RECORD_FORMAT } from "../codec.ts";
import { NewerRecordError, StoreUnavailableError } from "../errors.ts";

/**
 * The rows of the database:
 *
 * - `["format"]`: the number of this layout
 * - `["user", id]`: U, with how often it was replaced
 * - `["decisions", id, number]`: D from that number on, some in a row, compressed
 * - `["journal", row]`: D of many users, not yet moved to rows of theirs
 * - `["prompts", version]`: what became of the tips of a prompt version
 * - `["replacing", id]`: U and S of a user whose staged rows are being put in place
 * - `["staged", id, number]`: rows of D that count once their user is being replaced
 * - `["sync", id]`: S
 * - `["erasing", id]`: the user is erased, though decisions may still lie in the rows above
 */
export const keys = {
  format: ["format"],
  user: (user: string) => ["user", user],
  decisions: (user: string) => ["decisions", user],
  decisionRow: (user: string, first: number) => ["decisions", user, first],
  journal: ["journal"],
  journalRow: (row: number) => ["journal", row],
  prompts: ["prompts"],
  promptRow: (version: string) => ["prompts", version],
  allReplacing: ["replacing"],
  replacing: (user: string) => ["replacing", user],
  allStaged: ["staged"],
  staged: (user: string) => ["staged", user],
  stagedRow: (user: string, first: number) => ["staged", user, first],
  sync: (user: string) => ["sync", user],
  erasing: ["erasing"],
  erasingRow: (user: string) => ["erasing", user],
} as const;

/** What a key takes, at most: a text takes three bytes a UTF-16 unit. */
export function keyBytes(key: Deno.KvKey): number {
  return key.reduce((sum: number, part) => sum + partBytes(part), 0);
}

const partBytes = (part: Deno.KvKeyPart) => typeof part === "string" ? part.length * 3 + 3 : 10;

/** The first part of every key there is, in the order of keys. */
export const KEY_ROOTS = [
  "decisions",
  "erasing",
  "format",
  "journal",
  "prompts",
  "replacing",
  "staged",
  "sync",
  "user",
] as const;

/** The layout that this version writes, and the highest that it reads. */
export const LAYOUT_FORMAT = 1;

/** A user's row: the record's bytes, and how often they were replaced. */
export interface UserRow {
  readonly revision: number;
  readonly bytes: Uint8Array;
}

const UserRowTuple = z.tuple([z.int(), z.instanceof(Uint8Array)]);
const SyncTuple = z.tuple([z.literal(RECORD_FORMAT), z.string(), z.int()]);

function parse<T>(kind: string, schema: z.ZodType<T>, value: unknown): T {
  try {
    return schema.parse(decode(z.instanceof(Uint8Array).parse(value)));
  } catch (cause) {
    throw new StoreUnavailableError(`${kind} cannot be read: it is damaged`, { cause });
  }
}

/** The bytes of a user's row. */
export function encodeUserRow({ revision, bytes }: UserRow): Uint8Array {
  return encode([revision, bytes]);
}

/**
 * A user's row.
 *
 * @throws {StoreUnavailableError} it is damaged
 */
export function decodeUserRow(value: unknown): UserRow {
  const [revision, bytes] = parse("A user's row", UserRowTuple, value);
  return { revision, bytes };
}

/** The bytes of a sync record. */
export function encodeSync({ lastSyncTs, taskCount }: SyncRecord): Uint8Array {
  return encode([RECORD_FORMAT, lastSyncTs, taskCount]);
}

/**
 * A sync record.
 *
 * @throws {NewerRecordError} a newer version wrote it
 * @throws {StoreUnavailableError} it is damaged
 */
export function decodeSync(value: unknown): SyncRecord {
  const [format] = parse("A sync record", z.tuple([z.int()], z.unknown()), value);
  if (format > RECORD_FORMAT) throw new NewerRecordError("A sync record", format, RECORD_FORMAT);
  const [, lastSyncTs, taskCount] = parse("A sync record", SyncTuple, value);
  return { lastSyncTs, taskCount };
}
