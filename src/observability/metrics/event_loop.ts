import type { Instruments } from "./instruments.ts";

const INTERVAL_MS = 50;
const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

/** Observes how late a timer fires; node:perf_hooks has a monitor, which in Deno sees no lag. */
export class EventLoopLag {
  readonly #lag;

  constructor(make: Instruments) {
    this.#lag = make.histogram(
      "event_loop_lag_seconds",
      `How much later than asked for a timer fired, observed every ${INTERVAL_MS} ms.`,
      SECONDS,
    );
  }

  /** Observes until it is disposed. */
  watch(): Disposable {
    let due = 0;
    let timer: ReturnType<typeof setTimeout>;
    const wait = () => {
      due = performance.now() + INTERVAL_MS;
      timer = setTimeout(fired, INTERVAL_MS);
    };
    const fired = () => {
      this.#lag.record(Math.max(performance.now() - due, 0) / 1000);
      wait();
    };
    wait();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  }
}
