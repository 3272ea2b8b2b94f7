import type { StoreObserver } from "../../store/observer.ts";
import type { Instruments } from "./instruments.ts";

const COMMIT_SECONDS = [
  ...[0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05],
  ...[0.1, 0.2, 0.5, 1, 2, 5, 10],
];
const BATCH_WRITES = [1, 2, 5, 10, 20, 50, 100, 200, 400];

/** Counts what the store writes. */
export class StoreMetrics implements StoreObserver {
  readonly #duration;
  readonly #writes;
  readonly #failed;

  constructor(make: Instruments) {
    this.#duration = make.histogram(
      "store_commit_duration_seconds",
      "From taking up the writes that wait until they are durable, together.",
      COMMIT_SECONDS,
    );
    this.#writes = make.histogram(
      "store_batch_writes",
      "Writes made durable together.",
      BATCH_WRITES,
    );
    this.#failed = make.counter(
      "store_failed_commits_total",
      "Commits that failed, with all their writes.",
    );
  }

  committed(writes: number, ms: number): void {
    this.#duration.record(ms / 1000);
    this.#writes.record(writes);
  }

  failed(): void {
    this.#failed.inc();
  }
}
