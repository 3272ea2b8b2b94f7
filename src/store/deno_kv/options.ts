import type { StoreObserver } from "../observer.ts";

/** What a `DenoKvStore` is told. */
export interface DenoKvStoreOptions {
  /** How many decisions of a user are kept. */
  readonly decisionLogSize: number;
  /** Bytes of decisions that wait in the journal before they move to their users' rows. */
  readonly journalBytes?: number;
  readonly observer?: StoreObserver;
}

/** The bytes that wait unless told otherwise. */
export const JOURNAL_BYTES = 4_000_000;
