import { countEvent, type PromptCounts } from "../bandit/prompt_counts.ts";
import type { SyncRecord } from "../bandit/records.ts";
import { decodeDecision, decodeUser, encodeDecision, encodeUser } from "./codec.ts";
import { ConflictError } from "./errors.ts";
import { promptEventOf } from "./prompt_event.ts";
import type { Change, Loaded, Store, Version } from "./port.ts";

interface Row {
  version: Version;
  user: Uint8Array | undefined;
  readonly decisions: { readonly number: number; readonly bytes: Uint8Array }[];
}

/** A store that forgets with the process: for tests, and the specification of the port. */
export class MemoryStore implements Store {
  readonly #rows = new Map<string, Row>();
  readonly #prompts = new Map<string, PromptCounts>();
  readonly #sync = new Map<string, SyncRecord>();
  readonly #decisionLogSize: number;

  /** @param decisionLogSize how many decisions of a user are kept */
  constructor({ decisionLogSize }: { readonly decisionLogSize: number }) {
    this.#decisionLogSize = decisionLogSize;
  }

  load(user: string): Promise<Loaded> {
    const row = this.#rows.get(user);
    const newest = row?.decisions.at(-1);
    return Promise.resolve({
      version: row?.version ?? 0,
      user: row?.user && decodeUser(row.user),
      newest: newest && decodeDecision(newest.bytes),
    });
  }

  commit(user: string, expected: Version, change: Change): Promise<Version> {
    const row = this.#rows.get(user) ?? { version: 0, user: undefined, decisions: [] };
    if (row.version !== expected) {
      return Promise.reject(
        new ConflictError(`The user is at ${row.version}, not at ${expected}`),
      );
    }
    if ("decision" in change) {
      const { number } = change.decision;
      row.decisions.push({ number, bytes: encodeDecision(change.decision) });
      if (row.decisions.length > this.#decisionLogSize) row.decisions.shift();
    } else {
      row.user = encodeUser(change.user);
    }
    const event = promptEventOf(change);
    if (event) countEvent(this.#prompts, event);
    row.version++;
    this.#rows.set(user, row);
    return Promise.resolve(row.version);
  }

  decisions(user: string, n: number, below = Infinity) {
    const rows = this.#rows.get(user)?.decisions.filter(({ number }) => number < below) ?? [];
    return Promise.resolve(rows.slice(-n).reverse().map(({ bytes }) => decodeDecision(bytes)));
  }

  promptCounts(): Promise<ReadonlyMap<string, PromptCounts>> {
    return Promise.resolve(new Map(this.#prompts));
  }

  getSync(user: string): Promise<SyncRecord | undefined> {
    return Promise.resolve(this.#sync.get(user));
  }

  putSync(user: string, record: SyncRecord): Promise<void> {
    this.#sync.set(user, record);
    return Promise.resolve();
  }

  erase(user: string): Promise<void> {
    this.#rows.delete(user);
    this.#sync.delete(user);
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
