import { encodeRow, type Journal, type Move, rowBytes } from "./journal.ts";
import { keys } from "./layout.ts";

/** Bytes move this many times as fast as they come in, so that a generation ends before the next. */
const PACE = 2;
/** What one atomic write moves at the most, so that it stays below Deno KV's limits. */
const MOVED_BYTES = 120_000;
const MOVES = 30;
const DELETIONS = 30;
/** A user's old decisions are deleted whenever the numbers pass a multiple of this. */
const TRIM = 32;

/** What an atomic write settles; the journal forgets it when the write was answered. */
export interface Settled {
  readonly moves: readonly Move[];
  /** Journal rows that it deletes. */
  readonly rows: readonly number[];
}

/**
 * Adds to an atomic write what moves some of the journal's decisions to rows of their users, or
 * deletes journal rows out of which everything has moved. In step with what comes in: a pause
 * for it would make every write behind it wait.
 *
 * @param incoming bytes of the decisions that the write brings
 */
export async function settle(
  kv: Deno.Kv,
  atomic: Deno.AtomicOperation,
  journal: Journal,
  incoming: number,
  decisionLogSize: number,
): Promise<Settled> {
  const budget = Math.min(incoming * PACE, MOVED_BYTES);
  const moves: Move[] = [];
  let bytes = 0;
  let deletions = 0;
  for (const move of journal.moves()) {
    if (bytes >= budget || moves.length === MOVES || deletions >= DELETIONS) break;
    const { user, entries } = move;
    const oldest = journal.newestOf(user)!.number - decisionLogSize + 1;
    const kept = entries.filter(({ number }) => number >= oldest);
    if (kept[0]) atomic.set(keys.decisionRow(user, kept[0].number), encodeRow(kept));
    if (Math.floor(entries.at(-1)!.number / TRIM) > Math.floor((entries[0]!.number - 1) / TRIM)) {
      const old = await oldRows(kv, user, oldest, DELETIONS - deletions);
      for (const key of old) atomic.delete(key);
      deletions += old.length;
    }
    for (const entry of entries) bytes += rowBytes(entry);
    moves.push(move);
  }
  const rows = journal.emptyRows(DELETIONS - deletions);
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
