import type { Msg, NatsConnection, Subscription } from "@nats-io/nats-core";
import type { DeadLetter, DeadLetters } from "./dead_letters.ts";
import { Delivery } from "./delivery.ts";
import { handle, HANDLERS, type HandlerServices, InvalidEventError } from "./handlers.ts";
import type { EventOutcome, EventsObserver, EventStream } from "./observer.ts";
import { backoff, type ConsumerHealth, type EventsOptions } from "./options.ts";
import { type RequestIds, requestIds, traceHeaders } from "../observability/trace.ts";

/** What a consumer works with, whichever connection it is bound to. */
export interface ConsumerOptions extends HandlerServices, Pick<EventsOptions, "runInRequest"> {
  readonly stream: EventStream;
  readonly maxDeliver: number;
  readonly now: () => number;
  /** Told each subject without a handler. */
  readonly onUnknownSubject: (subject: string) => void;
  readonly observer: EventsObserver | undefined;
}

/** Milliseconds before an invalid message comes again: it may be a rolling deployment's. */
const INVALID_DELAY = 250;
/** Milliseconds before a message comes again that could not be handled. */
const FAILURE_DELAY = 500;

/** One durable consumer: handles what comes, and answers each delivery once. */
export class Consumer {
  readonly #options: ConsumerOptions;
  readonly #inFlight = new Set<Promise<void>>();
  readonly #counts = { processed: 0, unknown: 0, errors: 0, redelivered: 0, dead_lettered: 0 };
  #lastMessageAt: number | undefined;
  #pending = 0;
  #bound: { nc: NatsConnection; subscription: Subscription } | undefined;
  #deadLetters: DeadLetters | undefined;

  constructor(options: ConsumerOptions) {
    this.#options = options;
  }

  /** Takes the messages of a connection from now on; without effect where it does already. */
  bind(nc: NatsConnection, subject: string, group: string, deadLetters: DeadLetters): void {
    this.#deadLetters = deadLetters;
    const bound = this.#bound;
    const isOpen = bound && bound.nc === nc && !bound.subscription.isClosed();
    if (isOpen && bound.subscription.getSubject() === subject) return;
    bound?.subscription.unsubscribe();
    const subscription = nc.subscribe(subject, {
      queue: group,
      callback: (error, msg) => {
        if (error) this.#options.logger.warn("A subscription failed", { error });
        else this.#take(msg);
      },
    });
    this.#bound = { nc, subscription };
  }

  /** Takes no more messages, and waits until those that came are answered. */
  async drain(): Promise<void> {
    await this.#bound?.subscription.drain();
    while (this.#inFlight.size > 0) await Promise.all(this.#inFlight);
  }

  /** Messages that wait in the stream, as the server counts them. */
  set pending(count: number) {
    this.#pending = count;
  }

  /** What /health says of it. */
  health(): ConsumerHealth {
    const at = this.#lastMessageAt;
    return {
      last_msg_ts: at === undefined ? null : new Date(at).toISOString().slice(0, 19) + "Z",
      ...this.#counts,
      pending: this.#pending,
    };
  }

  #take(msg: Msg): void {
    const delivery = Delivery.of(msg);
    if (delivery === undefined) return;
    this.#lastMessageAt = this.#options.now();
    this.#pending = delivery.pending;
    const { logger, observer, stream, runInRequest } = this.#options;
    if (delivery.deliveries > 1) {
      this.#counts.redelivered++;
      observer?.redelivered(stream);
    }
    const ids = requestIds(delivery.headers);
    const work = runInRequest(ids, () =>
      this.#answer(delivery, ids).catch((error) => {
        // Only an answer to a closed connection gets here; the message comes again.
        logger.warn("A delivery was not answered", { error });
      })).finally(() => this.#inFlight.delete(work));
    this.#inFlight.add(work);
  }

  async #answer(delivery: Delivery, ids: RequestIds): Promise<void> {
    const handler = HANDLERS.get(delivery.subject);
    if (handler === undefined) {
      this.#counts.unknown++;
      this.#options.onUnknownSubject(delivery.subject);
    } else {
      try {
        await handle(handler, delivery.data, delivery.time, this.#options);
      } catch (error) {
        return await this.#refuse(delivery, ids, error);
      }
    }
    this.#counts.processed++;
    delivery.ack();
    this.#answered(delivery, handler ? "handled" : "unknown");
  }

  #answered({ time }: Delivery, outcome: EventOutcome): void {
    const { observer, stream, now } = this.#options;
    observer?.answered(stream, outcome, now() - Date.parse(time));
  }

  #nak(delivery: Delivery, delay: number): void {
    delivery.nak(delay);
    this.#answered(delivery, "naked");
  }

  async #refuse(delivery: Delivery, ids: RequestIds, error: unknown): Promise<void> {
    this.#counts.errors++;
    const { logger, maxDeliver } = this.#options;
    const { stream, subject, seq, deliveries } = delivery;
    const event = { stream, subject, seq, deliveries };
    if (!(error instanceof InvalidEventError)) {
      logger.error("An event could not be handled", { ...event, error });
      return this.#nak(delivery, backoff(FAILURE_DELAY, deliveries));
    }
    logger.warn("An event is not valid", { ...event, reason: error.message });
    if (deliveries < maxDeliver) return this.#nak(delivery, backoff(INVALID_DELAY, deliveries));
    try {
      const isNew = await this.#bury(delivery, ids, error.message);
      if (isNew) logger.error("An event was given up, and is a dead letter", { ...event, error });
    } catch (error) {
      logger.error("A dead letter could not be kept", { ...event, error });
      // Not terminated before the letter is in the stream: nothing is dropped.
      return this.#nak(delivery, backoff(FAILURE_DELAY, deliveries - maxDeliver + 1));
    }
    delivery.term();
    this.#answered(delivery, "dead_lettered");
  }

  /** Tells whether this call made it a dead letter. */
  async #bury(delivery: Delivery, ids: RequestIds, reason: string): Promise<boolean> {
    if (!this.#deadLetters) throw new Error("The consumer is not bound");
    const { stream, seq, subject, data, deliveries, time } = delivery;
    const lastTime = new Date(this.#options.now()).toISOString();
    const letter: DeadLetter = {
      ...{ stream, seq, subject, data, reason, deliveries },
      firstTime: time,
      lastTime,
      trace: traceHeaders(ids),
    };
    const isNew = await this.#deadLetters.put(letter);
    if (isNew) this.#counts.dead_lettered++;
    return isNew;
  }
}
