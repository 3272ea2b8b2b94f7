import type { Incoming, Journal, Move, Settled } from "./journal.ts";
import { keyBytes, keys } from "./layout.ts";
import { encodeDecisionRow, rowBytes } from "./rows.ts";

/**
 * Settling goes by steps, so many a generation: the more a write moves, the fewer pages of the
 * database it writes for each.
 */
const STEPS = 500;
/**
 * Bytes move, and then rows are deleted, so many times as fast as they come in: 1/1.5 + 1/6 < 1,
 * so a generation ends before the next begins. Not much faster, as SQLite's checkpoints hold up
 * all writes, the longer the more pages there are: evenly spread they are short.
 */
const MOVE_PACE = 1.5;
const DELETE_PACE = 6;
/**
 * What one atomic write takes of it at the most, so that with the writes of a batch it stays below
 * Deno KV's limits: 1,000 mutations, 819,200 bytes, 81,920 of them in keys.
 */
const MUTATIONS = 800;
const MOVED_BYTES = 300_000;
const KEY_BYTES = 65_000;
/** Of which so many are kept for the old rows of one user, so that all of them can go at once. */
const TRIM_KEY_BYTES = 40_000;
/** A user's old decisions are deleted whenever the numbers pass a multiple of this. */
const TRIM = 32;

/**
 * Adds a step of settling to an atomic write, where one is due: what moves some of the journal's
 * decisions to rows of their users, or deletes journal rows out of which everything has moved.
 * In step with what comes in: a pause for it would make every write behind it wait.
 *
 * @param incoming what the write itself brings
 */
export async function settle(
  kv: Deno.Kv,
  atomic: Deno.AtomicOperation,
  journal: Journal,
  incoming: Incoming,
  decisionLogSize: number,
): Promise<Settled | undefined> {
  const due = {
    bytes: journal.unsettled.bytes + incoming.bytes,
    rows: journal.unsettled.rows + incoming.rows,
  };
  if (due.bytes < journal.limit / STEPS) return;
  const moves: Move[] = [];
  let left = Math.min(due.bytes * MOVE_PACE, MOVED_BYTES);
  let keysLeft = KEY_BYTES;
  let mutations = MUTATIONS;
  for (const move of journal.moves()) {
    if (left <= 0 || mutations <= 0 || keysLeft <= TRIM_KEY_BYTES) break;
    const { user, entries } = move;
    const keySize = keyBytes(keys.decisionRow(user, 0));
    const oldest = journal.newestOf(user)!.number - decisionLogSize + 1;
    const kept = entries.filter(({ number }) => number >= oldest);
    if (kept[0]) atomic.set(keys.decisionRow(user, kept[0].number), encodeDecisionRow(kept));
    let changes = 1;
    if (Math.floor(entries.at(-1)!.number / TRIM) > Math.floor((entries[0]!.number - 1) / TRIM)) {
      const most = Math.min(mutations, Math.floor(keysLeft / keySize)) - 1;
      const old = await oldRows(kv, user, oldest, most);
      for (const key of old) atomic.delete(key);
      changes += old.length;
    }
    mutations -= changes;
    keysLeft -= changes * keySize;
    for (const entry of entries) left -= rowBytes(entry);
    moves.push(move);
  }
  const rows = journal.emptyRows(Math.min(due.rows * DELETE_PACE, mutations));
  for (const row of rows) atomic.delete(keys.journalRow(row));
  return { moves, rows };
}

/** The keys of rows that hold only decisions numbered below `oldest`, at most so many. */
async function oldRows(
  kv: Deno.Kv,
  user: string,
  oldest: number,
  most: number,
): Promise<Deno.KvKey[]> {
  const found: Deno.KvKey[] = [];
  const range = { prefix: keys.decisions(user), end: keys.decisionRow(user, oldest) };
  for await (const { key } of kv.list(range, { limit: most + 1 })) found.push(key);
  return found.slice(0, -1); // the last may go on to numbers that are kept
}
