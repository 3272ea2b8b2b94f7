/** Told of what a store writes; must return soon, and not throw. */
export interface StoreObserver {
  /** So many writes were made durable together, so long after they were taken up. */
  committed(writes: number, ms: number): void;
  /** Writes that were taken up together failed; nobody knows whether they are durable. */
  failed(): void;
}
