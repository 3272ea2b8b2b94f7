interface Waiting {
  readonly until: number;
  readonly giveUp: () => void;
}

/**
 * Gives up on promises that take too long. One timer serves them all, as one of its own would cost
 * each request 6 µs.
 */
export class Deadlines {
  readonly #ms: number;
  readonly #error: () => Error;
  /** By the time they end: all have the same time. */
  readonly #waiting = new Set<Waiting>();
  #timer: AbortSignal | undefined;

  /** @param error makes what is thrown after `ms` milliseconds */
  constructor(ms: number, error: () => Error) {
    this.#ms = ms;
    this.#error = error;
  }

  /** The promise, or an error once it is late; what it comes to then is ignored. */
  within<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const waiting = { until: performance.now() + this.#ms, giveUp: () => reject(this.#error()) };
      this.#waiting.add(waiting);
      if (!this.#timer) this.#arm(this.#ms);
      promise.then((value) => {
        this.#waiting.delete(waiting);
        resolve(value);
      }, (error) => {
        this.#waiting.delete(waiting);
        reject(error);
      });
    });
  }

  /** The timer is left to run out, and keeps no process alive. */
  #arm(ms: number): void {
    this.#timer = AbortSignal.timeout(Math.ceil(ms));
    this.#timer.addEventListener("abort", () => this.#sweep(), { once: true });
  }

  #sweep(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (const waiting of this.#waiting) {
      const { until, giveUp } = waiting;
      if (until > now) return this.#arm(until - now);
      this.#waiting.delete(waiting);
      giveUp();
    }
  }
}
