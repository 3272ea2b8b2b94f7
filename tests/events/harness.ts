import { Events } from "../../src/events/mod.ts";
import type { EventLogger } from "../../src/events/options.ts";
import type { RequestIds } from "../../src/observability/trace.ts";
import { MemoryStore } from "../../src/store/mod.ts";
import { NatsClient, NatsServer } from "../support/nats_server.ts";
import { DECISION_LOG_SIZE } from "../support/scorer.ts";
import { until } from "../support/until.ts";

export const PREFIX = "feature-pipeline";
export const SIGNALS = `${PREFIX}-signals`;
export const MAX_DELIVER = 3;

/** A line that the consumers logged. */
export interface Logged {
  readonly message: string;
  readonly properties: Record<string, unknown>;
}

/** A store whose sync records can fail, and are counted. */
export class CountingStore extends MemoryStore {
  failing = false;
  /** Milliseconds that a write takes. */
  delay = 0;
  readonly writes: { user: string; count: number }[] = [];

  constructor() {
    super({ decisionLogSize: DECISION_LOG_SIZE });
  }

  override async putSync(user: string, record: { lastSyncTs: string; taskCount: number }) {
    // As a real store: not at once.
    await new Promise((resolve) => setTimeout(resolve, this.delay));
    if (this.failing) throw new Error("disk full");
    this.writes.push({ user, count: record.taskCount });
    await super.putSync(user, record);
  }
}

/** The consumers as the service starts them, over a memory store. */
export class TestEvents implements AsyncDisposable {
  readonly store: CountingStore;
  readonly logged: Logged[] = [];
  /** Of each delivery. */
  readonly ids: RequestIds[] = [];
  readonly events: Events;

  constructor({ url }: NatsServer, store = new CountingStore(), ackWaitMs = 30_000) {
    this.store = store;
    const log = (message: string, properties = {}) => {
      this.logged.push({ message, properties });
    };
    const logger: EventLogger = { debug: log, info: log, warn: log, error: log };
    this.events = new Events({
      natsUrl: url,
      natsDurablePrefix: PREFIX,
      natsMaxDeliver: MAX_DELIVER,
      cacheUsers: 100,
      store,
      ackWaitMs,
      logger,
      runInRequest: (ids, run) => {
        this.ids.push(ids);
        return run();
      },
      now: Date.now,
    });
  }

  get signals() {
    return this.events.health().consumers.signals;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.events.stop(5_000);
  }
}

/** A server, a client and the consumers, bound. */
export async function started() {
  const stack = new AsyncDisposableStack();
  const server = stack.use(await NatsServer.start());
  const client = stack.use(await NatsClient.open(server));
  const events = stack.use(new TestEvents(server));
  await bound(client);
  return {
    server,
    client,
    events,
    store: events.store,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Waits until the consumers take messages. */
export async function bound(client: NatsClient, streams = ["signals", "feedback"]) {
  await until("the consumers are bound", async () => {
    try {
      for (const stream of streams) {
        const { push_bound } = await client.consumer(stream, `${PREFIX}-${stream}`);
        if (!push_bound) return false;
      }
      return true;
    } catch {
      return false;
    }
  });
}

/** A sync event. */
export function synced(user: string, count: number, ts?: string) {
  return { user_id: user, task_count: count, ...(ts !== undefined && { ts }) };
}
