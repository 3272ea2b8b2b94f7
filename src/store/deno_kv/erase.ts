import type { Journal } from "./journal.ts";
import { keys } from "./layout.ts";
import { decodeJournalRow, encodeJournalRow } from "./rows.ts";

/** What one atomic write changes at the most, so that it stays below Deno KV's limits. */
const BYTES = 300_000;
const MUTATIONS = 60;

/** A row that goes, or the bytes that take its place. */
interface Cleared {
  readonly key: Deno.KvKey;
  readonly bytes?: Uint8Array;
}

/**
 * Makes users new, in one atomic write: their records are gone, and a row for each tells that
 * what is still there of their decisions counts for nothing.
 */
export async function beginErasing(kv: Deno.Kv, users: ReadonlySet<string>): Promise<void> {
  const atomic = kv.atomic();
  for (const user of users) {
    atomic.set(keys.erasingRow(user), true).delete(keys.user(user)).delete(keys.sync(user));
  }
  await atomic.commit();
}

/**
 * Clears the rows of what the users that are being erased have left there, who may be many and
 * have much. A crash in the middle loses nothing: the same is done again when the store opens.
 */
export async function finishErasing(kv: Deno.Kv, journal: Journal): Promise<void> {
  let atomic = kv.atomic();
  let mutations = 0;
  let bytes = 0;
  for await (const cleared of leftovers(kv, journal)) {
    if (cleared.bytes) atomic.set(cleared.key, cleared.bytes);
    else atomic.delete(cleared.key);
    bytes += cleared.bytes?.length ?? 0;
    if (++mutations < MUTATIONS && bytes < BYTES) continue;
    await atomic.commit();
    atomic = kv.atomic();
    mutations = 0;
    bytes = 0;
  }
  if (mutations > 0) await atomic.commit();
  journal.erased();
}

/** What is to be cleared, in an order that may end anywhere: who is erased is told by the last. */
async function* leftovers(kv: Deno.Kv, journal: Journal): AsyncGenerator<Cleared> {
  for (const row of journal.rowsOfErased) {
    const key = keys.journalRow(row);
    const { value } = await kv.get(key);
    if (value === null) continue; // all of it had moved
    const others = decodeJournalRow(value).filter(({ user }) => !journal.erasing.has(user));
    yield others.length > 0 ? { key, bytes: encodeJournalRow(others) } : { key };
  }
  for (const user of journal.erasing) {
    for await (const { key } of kv.list({ prefix: keys.decisions(user) })) yield { key };
  }
  for (const user of journal.erasing) yield { key: keys.erasingRow(user) };
}
