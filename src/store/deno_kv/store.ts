import { setImmediate } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import type { PromptCounts } from "../../bandit/prompt_counts.ts";
import type { Decision, SyncRecord } from "../../bandit/records.ts";
import { decodeDecision, decodeUser, encodeDecision, encodeUser } from "../codec.ts";
import { StoreUnavailableError } from "../errors.ts";
import { promptEventOf } from "../prompt_event.ts";
import type { Change, Loaded, Store, Version } from "../port.ts";
import { accept, type Head, NEW_HEAD, versionOf } from "./batch.ts";
import { decodeSync, decodeUserRow, encodeSync, keys } from "./layout.ts";
import { beginErasing, finishErasing } from "./erase.ts";
import type { Journal } from "./journal.ts";
import { PromptRows } from "./prompt_rows.ts";
import { readJournal, readRows } from "./read.ts";
import { encodeJournalRow, rowBytes, splitRows } from "./rows.ts";
import { settle } from "./settle.ts";
import { asUnavailable } from "./unavailable.ts";
import { type DenoKvStoreOptions, JOURNAL_BYTES } from "./options.ts";
import { takeBatch, type Waiting, type Write } from "./queue.ts";

/** Users whose version is known without a read. */
const HEADS = 20_000;

/**
 * Turns of the event loop that a small batch waits, where the last one was of many: those who were
 * answered with it ask again. Without, every second batch is of one write, and a commit costs much
 * more than a write in it.
 */
const TURNS = 4;

/**
 * The embedded store: one Deno KV file, one process. Writes that wait are committed together;
 * the decisions among them go into one journal row, and from there, many at a time, into rows
 * of their users.
 *
 * Being the only writer, it knows by itself what a user stands at; the journal row of a batch
 * is written expecting nothing in its place, so that a second writer would be noticed.
 */
export class DenoKvStore implements Store {
  readonly #kv: Deno.Kv;
  readonly #lock: Deno.FsFile;
  readonly #options: DenoKvStoreOptions;
  readonly #heads = new LRUCache<string, Head>({ max: HEADS });
  /** Loads under way; a commit takes its user out, and the load then keeps what it saw to itself. */
  readonly #loads = new Map<string, Promise<Loaded>>();
  readonly #prompts: PromptRows;
  #journal: Promise<Journal> | undefined;
  #queue: Waiting[] = [];
  /** Writes that the last batch had. */
  #lastBatch = 0;
  /** Writes that were taken from the queue and are not answered yet. */
  #taken = 0;
  #writing: Promise<void> | undefined;

  /** Takes over an open database and the lock that makes this process its only writer. */
  constructor(kv: Deno.Kv, lock: Deno.FsFile, options: DenoKvStoreOptions) {
    this.#kv = kv;
    this.#lock = lock;
    this.#prompts = new PromptRows(kv);
    this.#options = options;
  }

  /** How many writes were asked for and not answered. */
  get waitingWrites(): number {
    return this.#queue.length + this.#taken;
  }

  load(user: string): Promise<Loaded> {
    const loading = this.#loads.get(user);
    if (loading) return loading;
    const load = this.#guard(async () => {
      const journal = await this.#journaled();
      const last = journal.newestOf(user);
      const [row, decisions] = await Promise.all([
        this.#kv.get(keys.user(user)),
        last ? [last] : journal.erasing.has(user) ? [] : readRows(this.#kv, user, 1),
      ]);
      const found = row.value === null ? undefined : decodeUserRow(row.value);
      const newest = decisions[0] && decodeDecision(decisions[0].bytes);
      const record = found && decodeUser(found.bytes);
      const head = { revision: found?.revision ?? 0, newest: newest?.number ?? 0 };
      if (this.#loads.get(user) === load) this.#heads.set(user, head);
      return { version: versionOf(head), user: record, newest };
    }).finally(() => {
      if (this.#loads.get(user) === load) this.#loads.delete(user);
    });
    this.#loads.set(user, load);
    return load;
  }

  commit(user: string, expected: Version, change: Change): Promise<Version> {
    const event = promptEventOf(change);
    if ("user" in change) {
      return this.#write(user, { kind: "user", expected, event, bytes: encodeUser(change.user) });
    }
    const { number } = change.decision;
    const entry = { user, number, bytes: encodeDecision(change.decision) };
    return this.#write(user, { kind: "decision", expected, event, entry });
  }

  decisions(user: string, n: number, below = Infinity): Promise<readonly Decision[]> {
    return this.#guard(async () => {
      const journal = await this.#journaled();
      const found = journal.of(user).filter(({ number }) => number < below).slice(-n).reverse();
      if (found.length < n && !journal.erasing.has(user)) {
        const older = found.at(-1)?.number ?? below;
        found.push(...await readRows(this.#kv, user, n - found.length, older));
      }
      return found.map(({ bytes }) => decodeDecision(bytes));
    });
  }

  promptCounts(): Promise<ReadonlyMap<string, PromptCounts>> {
    return this.#guard(() => this.#prompts.all());
  }

  getSync(user: string): Promise<SyncRecord | undefined> {
    return this.#guard(async () => {
      const { value } = await this.#kv.get(keys.sync(user));
      return value === null ? undefined : decodeSync(value);
    });
  }

  async putSync(user: string, record: SyncRecord): Promise<void> {
    await this.#write(user, { kind: "sync", bytes: encodeSync(record) });
  }

  async erase(user: string): Promise<void> {
    await this.#write(user, { kind: "erase" });
  }

  /** Reads what it keeps in memory, so that damage shows, and finishes what a crash cut short. */
  recover(): Promise<void> {
    return this.#guard(async () => await finishErasing(this.#kv, await this.#journaled()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing;
    this.#kv.close();
    this.#lock.close();
  }

  /** Gives what goes wrong in the database the name that callers know. */
  async #guard<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  /** The journal; read back from the database at first, and after a write of unknown outcome. */
  #journaled(): Promise<Journal> {
    if (this.#journal) return this.#journal;
    const reading = readJournal(this.#kv, this.#options.journalBytes ?? JOURNAL_BYTES);
    this.#journal = reading;
    reading.catch(() => {
      if (this.#journal === reading) this.#journal = undefined;
    });
    return reading;
  }

  #write(user: string, write: Write): Promise<Version> {
    const { promise, resolve, reject } = Promise.withResolvers<Version>();
    this.#queue.push({ user, write, resolve, reject });
    this.#writing ??= this.#writeAll();
    return promise;
  }

  async #writeAll(): Promise<void> {
    await Promise.resolve(); // what else this turn of the event loop writes comes along
    while (this.#queue.length > 0) {
      for (let i = 0; i < TURNS && this.#queue.length < this.#lastBatch / 2; i++) {
        await setImmediate();
      }
      const batch = takeBatch(this.#queue);
      this.#taken = this.#lastBatch = batch.length;
      const started = performance.now();
      try {
        const journal = await this.#journaled();
        // Left by a failure. Before any other write, so that nothing new lies among it.
        if (journal.erasing.size > 0) await finishErasing(this.#kv, journal);
        if (batch[0]?.write.kind === "erase") await this.#eraseBatch(batch, journal);
        else await this.#writeBatch(await this.#withHeads(batch), journal, started);
      } catch (error) {
        this.#options.observer?.failed();
        // Nobody knows now what was written: all that is remembered is read again, and what is
        // being read may be from before it.
        this.#journal = undefined;
        this.#prompts.forget();
        this.#heads.clear();
        this.#loads.clear();
        for (const { reject } of batch) reject(asUnavailable(error));
      }
      this.#taken = 0;
    }
    this.#writing = undefined; // in the same turn as the last look at the queue
  }

  async #eraseBatch(batch: readonly Waiting[], journal: Journal): Promise<void> {
    const users = new Set(batch.map(({ user }) => user));
    await beginErasing(this.#kv, users);
    journal.erase(users);
    for (const user of users) {
      this.#heads.set(user, NEW_HEAD);
      this.#loads.delete(user);
    }
    await finishErasing(this.#kv, journal);
    for (const { resolve } of batch) resolve(versionOf(NEW_HEAD));
  }

  /** The writes whose users' versions are known, after reading those that were not. */
  async #withHeads(batch: readonly Waiting[]): Promise<readonly Waiting[]> {
    const known = await Promise.all(batch.map(async ({ user, write, reject }) => {
      if (write.kind === "sync" || this.#heads.has(user)) return true;
      try {
        await this.load(user);
        return true;
      } catch (error) {
        reject(asUnavailable(error)); // the others are written all the same
        return false;
      }
    }));
    return batch.filter((_, i) => known[i]);
  }

  async #writeBatch(
    batch: readonly Waiting[],
    journal: Journal,
    started: number,
  ): Promise<void> {
    const atomic = this.#kv.atomic();
    const { answers, heads, entries, events } = accept(
      batch,
      (user) => this.#heads.get(user)!,
      atomic,
    );
    if (answers.length === 0) return;
    const rows = splitRows(entries);
    rows.forEach((row, i) => {
      const key = keys.journalRow(journal.nextRow + i);
      atomic.check({ key, versionstamp: null }).set(key, encodeJournalRow(row));
    });
    const incoming = {
      bytes: entries.reduce((sum, entry) => sum + rowBytes(entry), 0),
      rows: rows.length,
    };
    const { decisionLogSize } = this.#options;
    const settled = await settle(this.#kv, atomic, journal, incoming, decisionLogSize);
    const counts = events.length > 0 ? await this.#prompts.count(atomic, events) : undefined;
    if (!(await atomic.commit()).ok) {
      throw new StoreUnavailableError("Another process writes to this database");
    }
    if (counts) this.#prompts.counted(counts);
    if (settled) journal.settled(settled);
    for (const row of rows) journal.add(journal.nextRow, row);
    for (const [user, head] of heads) {
      this.#heads.set(user, head);
      this.#loads.delete(user);
    }
    this.#options.observer?.committed(answers.length, performance.now() - started);
    for (const { waiting, version } of answers) waiting.resolve(version);
  }
}
