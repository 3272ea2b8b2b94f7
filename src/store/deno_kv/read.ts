import { Journal } from "./journal.ts";
import { keys } from "./layout.ts";
import { decodeDecisionRow, decodeJournalRow, type Entry } from "./rows.ts";

/**
 * The journal, from its rows, without the users whose erasure was begun.
 *
 * @param journalBytes bytes of decisions that make a generation
 * @param onDamaged takes the place of the error where a row is damaged, which is passed over
 */
export async function readJournal(
  kv: Deno.Kv,
  journalBytes: number,
  onDamaged?: (key: Deno.KvKey) => void,
): Promise<Journal> {
  const journal = new Journal(journalBytes);
  const erasing = new Set<string>();
  for await (const { key } of kv.list({ prefix: keys.erasing })) erasing.add(String(key.at(-1)));
  journal.erase(erasing);
  for await (const { key, value } of kv.list({ prefix: keys.journal }, { batchSize: 50 })) {
    try {
      journal.add(Number(key.at(-1)), decodeJournalRow(value));
    } catch (error) {
      if (onDamaged === undefined) throw error;
      onDamaged(key);
    }
  }
  return journal;
}

/** The user's newest n settled decisions with a number below `below`, newest first. */
export async function readRows(
  kv: Deno.Kv,
  user: string,
  n: number,
  below = Infinity,
): Promise<Entry[]> {
  const found: Entry[] = [];
  const range = { prefix: keys.decisions(user) };
  for await (const { value } of kv.list(range, { reverse: true, batchSize: 16 })) {
    // A crash while the journal moved can leave a decision in two rows: each number is taken once.
    for (const entry of decodeDecisionRow(value).reverse()) {
      if (entry.number < (found.at(-1)?.number ?? below)) found.push(entry);
      if (found.length === n) return found;
    }
  }
  return found;
}
