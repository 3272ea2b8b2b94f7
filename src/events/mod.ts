/**
 * The JetStream consumers. Nothing else of the service imports this file, nor another of the room
 * that loads NATS, but by `import()` where NATS_URL is set.
 *
 * @module
 */
import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import type { HealthResponse } from "../contract/service.ts";
import { oncePerName } from "../observability/once.ts";
import { openConnection } from "./connection.ts";
import { Consumer } from "./consumer.ts";
import { DeadLetterBox } from "./dead_letter_box.ts";
import { DeadLetters, ensureDeadLetters } from "./dead_letters.ts";
import { EventsUnavailableError } from "./errors.ts";
import { isNatsError } from "./nats_errors.ts";
import type { EventStream } from "./observer.ts";
import { backoff, type EventLogger, type EventsOptions } from "./options.ts";
import { ensureConsumer, ensureStream } from "./streams.ts";
import { SyncRecords } from "./sync_records.ts";
import { pause } from "../pause.ts";

const STREAMS: readonly EventStream[] = ["signals", "feedback"];

/** Milliseconds between two looks at the consumers, which may be deleted behind our back. */
const LOOK_INTERVAL = 5_000;
/** Milliseconds before the second try; the later ones wait longer, up to a minute. */
const RETRY_DELAY = 250;

/** Events taken from JetStream, in the background and whatever the servers do. */
export class Events {
  readonly #options: EventsOptions;
  readonly #logger: EventLogger;
  readonly #consumers: Readonly<Record<EventStream, Consumer>>;
  readonly #syncRecords: SyncRecords;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #connected = false;
  #nc: NatsConnection | undefined;

  /** Starts at once; failures are logged, and tried again. */
  constructor(options: EventsOptions) {
    const { logger, now, runInRequest, store, natsMaxDeliver: maxDeliver } = options;
    this.#options = options;
    this.#logger = logger;
    const onUnknownSubject = oncePerName((subject) =>
      logger.warn("No handler takes the subject {subject}; its events are acknowledged", {
        subject,
      })
    );
    const syncRecords = new SyncRecords(store, options.cacheUsers);
    this.#syncRecords = syncRecords;
    const shared = { syncRecords, logger, now, runInRequest, maxDeliver, onUnknownSubject };
    const consumer = (stream: EventStream) =>
      new Consumer({ ...shared, stream, observer: options.observer });
    this.#consumers = { signals: consumer("signals"), feedback: consumer("feedback") };
    this.#running = this.#run();
  }

  /** What /health says of NATS. */
  health(): HealthResponse["nats"] {
    const { signals, feedback } = this.#consumers;
    return {
      enabled: true,
      connected: this.#connected,
      consumers: { signals: signals.health(), feedback: feedback.health() },
    };
  }

  /** Forgets what is remembered of a user who was erased. */
  forget(user: string): void {
    this.#syncRecords.forget(user);
  }

  /**
   * Works on the dead letters, over the connection of the consumers.
   *
   * @throws {EventsUnavailableError} NATS is away, or went away
   */
  async withDeadLetters<T>(run: (box: DeadLetterBox) => Promise<T>): Promise<T> {
    const nc = this.#nc;
    // Asked while it is lost, the client would wait for it.
    if (!nc || !this.#connected) throw new EventsUnavailableError("NATS cannot be reached");
    try {
      return await run(await DeadLetterBox.over(nc));
    } catch (error) {
      if (!isNatsError(error)) throw error;
      throw new EventsUnavailableError("NATS does not do what it is asked", { cause: error });
    }
  }

  /**
   * Takes no more messages, answers those that came, and leaves. What is not answered within the
   * timeout comes again, to whoever is there.
   */
  async stop(timeoutMs: number): Promise<void> {
    this.#stop.abort();
    const timeout = new AbortController();
    const drained = this.#drain().catch((error) =>
      this.#logger.warn("The consumers were not drained", { error })
    ).finally(() => timeout.abort());
    await pause(timeoutMs, timeout.signal);
    // Closing ends a drain that waits for a server that is away.
    await this.#nc?.close();
    await Promise.all([drained, this.#running]);
  }

  async #drain(): Promise<void> {
    const nc = this.#nc;
    if (!nc || nc.isClosed() || !this.#connected) return;
    await Promise.all(STREAMS.map((name) => this.#consumers[name].drain()));
    await nc.drain();
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#stop.signal.aborted) {
      let nc: NatsConnection;
      try {
        nc = await openConnection(this.#options.natsUrl);
      } catch (error) {
        this.#logger.warn("NATS cannot be reached; trying again", { error });
        await pause(backoff(RETRY_DELAY, ++failures), this.#stop.signal);
        continue;
      }
      failures = 0;
      if (this.#stop.signal.aborted) return await nc.close();
      this.#nc = nc;
      await this.#serve(nc);
    }
  }

  /** Works on one connection until it is closed, which a lost server does not do. */
  async #serve(nc: NatsConnection): Promise<void> {
    this.#connected = true;
    this.#logger.info("Connected to NATS");
    const gone = new AbortController();
    const closed = nc.closed().then((error) => {
      this.#connected = false;
      gone.abort();
      if (error) this.#logger.error("The connection to NATS was closed", { error });
    });
    const watching = this.#watch(nc);
    const signal = AbortSignal.any([gone.signal, this.#stop.signal]);
    let failures = 0;
    while (!signal.aborted) {
      try {
        if (this.#connected) await this.#bind(nc);
        failures = 0;
        await pause(LOOK_INTERVAL, signal);
      } catch (error) {
        if (signal.aborted) break;
        this.#logger.warn("The consumers are not ready; trying again", { error });
        await pause(backoff(RETRY_DELAY, ++failures), signal);
      }
    }
    await Promise.all([closed, watching]);
  }

  async #watch(nc: NatsConnection): Promise<void> {
    for await (const { type } of nc.status()) {
      if (type === "disconnect") {
        this.#connected = false;
        this.#logger.warn("The connection to NATS was lost");
      } else if (type === "reconnect") {
        this.#connected = true;
        this.#logger.info("Connected to NATS again");
      }
    }
  }

  /** Sees to it that streams and consumers are there, and that their messages are taken. */
  async #bind(nc: NatsConnection): Promise<void> {
    const jsm = await jetstreamManager(nc, { checkAPI: false });
    await ensureDeadLetters(jsm);
    const maxPayload = nc.info?.max_payload ?? 1_048_576;
    const deadLetters = new DeadLetters(jsm.jetstream(), jsm, maxPayload);
    for (const name of STREAMS) {
      await ensureStream(jsm, name, [`${name}.>`]);
      const durable = `${this.#options.natsDurablePrefix}-${name}`;
      const { ackWaitMs } = this.#options;
      const { config, num_pending } = await ensureConsumer(jsm, name, durable, ackWaitMs);
      if (this.#stop.signal.aborted) return;
      const consumer = this.#consumers[name];
      consumer.pending = num_pending;
      consumer.bind(nc, config.deliver_subject!, config.deliver_group!, deadLetters);
    }
  }
}
