import { encodeRow, type Journal, splitRows } from "./journal.ts";
import { keys } from "./layout.ts";

/** How much is moved between two batches, so that no write waits long behind it. */
const USERS = 16;
const BYTES = 200_000;
/** Limits of one atomic write, below Deno KV's own even where every user id is a long one. */
const ATOMIC_BYTES = 500_000;
const ATOMIC_WRITES = 100;
const DELETIONS = 500;
/** A user's old decisions are deleted whenever the numbers pass a multiple of this. */
const TRIM = 32;

/**
 * Moves some of the journal's decisions to rows of their users, or deletes journal rows whose
 * decisions have all moved. Does nothing while the journal is small.
 */
export async function settleSlice(
  kv: Deno.Kv,
  journal: Journal,
  decisionLogSize: number,
): Promise<void> {
  const slice = journal.nextToSettle(USERS, BYTES);
  if (slice.length === 0) {
    const spent = journal.spentRows(DELETIONS);
    if (spent.length === 0) return;
    const atomic = kv.atomic();
    for (const row of spent) atomic.delete(keys.journalRow(row));
    await atomic.commit();
    journal.deleted(spent);
    return;
  }
  const write = new BoundedWrite(kv);
  for (const { user, entries } of slice) {
    const newest = journal.of(user).at(-1)!.number;
    const kept = entries.filter(({ number }) => number > newest - decisionLogSize);
    for (const row of splitRows(kept)) {
      await write.set(keys.decisionRow(user, row[0]!.number), encodeRow(row));
    }
    const first = entries[0]!.number;
    const last = entries.at(-1)!.number;
    if (Math.floor(last / TRIM) === Math.floor((first - 1) / TRIM)) continue;
    for (const key of await oldRows(kv, user, newest - decisionLogSize)) await write.delete(key);
  }
  await write.flush();
  for (const settling of slice) journal.settled(settling);
}

/** Writes in as many atomics as Deno KV's limits ask for; for rows that may come one by one. */
class BoundedWrite {
  #atomic: Deno.AtomicOperation;
  #bytes = 0;
  #writes = 0;

  constructor(private readonly kv: Deno.Kv) {
    this.#atomic = kv.atomic();
  }

  async set(key: Deno.KvKey, bytes: Uint8Array): Promise<void> {
    await this.#room(bytes.length);
    this.#atomic.set(key, bytes);
  }

  async delete(key: Deno.KvKey): Promise<void> {
    await this.#room(0);
    this.#atomic.delete(key);
  }

  async flush(): Promise<void> {
    if (this.#writes > 0) await this.#atomic.commit();
    this.#atomic = this.kv.atomic();
    this.#bytes = this.#writes = 0;
  }

  async #room(bytes: number): Promise<void> {
    if (this.#bytes + bytes > ATOMIC_BYTES || this.#writes === ATOMIC_WRITES) await this.flush();
    this.#bytes += bytes;
    this.#writes++;
  }
}

/** The keys of rows that hold only decisions numbered up to `last`. */
async function oldRows(kv: Deno.Kv, user: string, last: number): Promise<Deno.KvKey[]> {
  const found: Deno.KvKey[] = [];
  const range = { prefix: keys.decisions(user), end: keys.decisionRow(user, last + 1) };
  for await (const { key } of kv.list(range, { batchSize: 100 })) found.push(key);
  // The last of them may go on beyond.
  return found.slice(0, -1);
}
