import type { DeadLettersResponse, WholeDeadLetter } from "../contract/dead_letters.ts";
import type { DeadLetterBox } from "./dead_letter_box.ts";
import { EventsOffError, EventsUnavailableError, UnknownDeadLetterError } from "./errors.ts";

/** As much of the consumers as the dead letters need. */
interface Running {
  withDeadLetters<T>(run: (box: DeadLetterBox) => Promise<T>): Promise<T>;
}

/** How {@linkcode DeadLetterService} comes to the dead letters. */
export interface DeadLetterServiceOptions {
  /** Undefined where the service takes no events. */
  readonly natsUrl: string | undefined;
  /** The consumers, once they are started. */
  readonly events: () => Running | undefined;
}

/**
 * The dead letters of the running service, over the connection of its consumers. This file loads
 * nothing of NATS. Every method throws {@linkcode EventsOffError} where there are no events, and
 * {@linkcode EventsUnavailableError} while NATS is away.
 */
export class DeadLetterService {
  readonly #options: DeadLetterServiceOptions;

  constructor(options: DeadLetterServiceOptions) {
    this.#options = options;
  }

  /** So many, oldest first, of those behind the one that the page before ended with. */
  async page(limit: number, after: number): Promise<DeadLettersResponse> {
    return await this.#with((box) => box.page(limit, after));
  }

  /**
   * The letters with a name, whole: one at least.
   *
   * @throws {UnknownDeadLetterError} there is none
   */
  async whole(name: string): Promise<WholeDeadLetter[]> {
    const letters = await this.#with((box) => Array.fromAsync(box.whole(name)));
    return known(name, letters, letters.length);
  }

  /**
   * Publishes them again and removes them; tells how many.
   *
   * @throws {UnknownDeadLetterError} there is none
   */
  async replay(name: string): Promise<number> {
    const count = await this.#with((box) => box.replay(name));
    return known(name, count, count);
  }

  /**
   * Removes them; tells how many.
   *
   * @throws {UnknownDeadLetterError} there is none
   */
  async purge(name: string): Promise<number> {
    const count = await this.#with((box) => box.purge(name));
    return known(name, count, count);
  }

  #with<T>(run: (box: DeadLetterBox) => Promise<T>): Promise<T> {
    const { natsUrl, events } = this.#options;
    if (natsUrl === undefined) throw new EventsOffError("NATS_URL is not set: there are no events");
    const running = events();
    if (!running) throw new EventsUnavailableError("The consumers are not started yet");
    return running.withDeadLetters(run);
  }
}

function known<T>(name: string, answer: T, count: number): T {
  if (count > 0) return answer;
  throw new UnknownDeadLetterError(`There is no dead letter ${name}`);
}
