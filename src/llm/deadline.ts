/** A time limit whose timer ends with its scope, unlike that of AbortSignal.timeout(). */
export class Deadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #end: number;

  constructor(ms: number) {
    this.#end = performance.now() + ms;
    this.#timer = setTimeout(() => this.#controller.abort(), ms);
  }

  /** Aborts when the time is over. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Less than zero when the time is over. */
  get remainingMs(): number {
    return this.#end - performance.now();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
