import { z } from "zod";
import { countEvent, type PromptCounts, type PromptEvent } from "../../bandit/prompt_counts.ts";
import { StoreUnavailableError } from "../errors.ts";
import { decodePromptCounts, encodePromptCounts } from "../prompt_codec.ts";
import { keys } from "./layout.ts";

/** By version. */
export type AllCounts = ReadonlyMap<string, PromptCounts>;

/** More than there can be rows, so that one read sees all of them at one time. */
const ROWS_AT_ONCE = 500;

/**
 * The counts by prompt version, in memory as they are in their rows. What an atomic write counts
 * is taken over only when it was answered; after one of unknown outcome the rows are read again.
 */
export class PromptRows {
  readonly #kv: Deno.Kv;
  #counts: Promise<AllCounts> | undefined;

  constructor(kv: Deno.Kv) {
    this.#kv = kv;
  }

  /** All counts. */
  all(): Promise<AllCounts> {
    if (this.#counts) return this.#counts;
    const reading = this.#read();
    this.#counts = reading;
    reading.catch(() => {
      if (this.#counts === reading) this.#counts = undefined;
    });
    return reading;
  }

  /**
   * Adds to an atomic write what counts its events.
   *
   * @returns the counts after it, for {@linkcode counted}
   */
  async count(
    atomic: Deno.AtomicOperation,
    events: readonly PromptEvent[],
  ): Promise<AllCounts> {
    const counts = new Map(await this.all());
    const touched = new Set(events.map((event) => countEvent(counts, event)));
    for (const key of touched) {
      atomic.set(keys.promptRow(key), encodePromptCounts(counts.get(key)!));
    }
    return counts;
  }

  /** Takes over what a write has counted that was answered. */
  counted(counts: AllCounts): void {
    this.#counts = Promise.resolve(counts);
  }

  /** Reads the rows again before the next use. */
  forget(): void {
    this.#counts = undefined;
  }

  async #read(): Promise<AllCounts> {
    const counts = new Map<string, PromptCounts>();
    const rows = this.#kv.list({ prefix: keys.prompts }, { batchSize: ROWS_AT_ONCE });
    for await (const { key, value } of rows) {
      const bytes = z.instanceof(Uint8Array).safeParse(value);
      if (!bytes.success) throw new StoreUnavailableError("A prompt version's counts are damaged");
      counts.set(String(key.at(-1)), decodePromptCounts(bytes.data));
    }
    return counts;
  }
}
