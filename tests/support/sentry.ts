import { z } from "zod";

const Frame = z.looseObject({ filename: z.string(), in_app: z.boolean() });
const Exception = z.looseObject({
  type: z.string(),
  value: z.string().optional(),
  stacktrace: z.object({ frames: z.array(Frame) }).optional(),
});

/** As much of an event as tests look at. */
const Event = z.looseObject({
  event_id: z.string(),
  level: z.string(),
  logger: z.string(),
  environment: z.string(),
  release: z.string(),
  tags: z.record(z.string(), z.union([z.string(), z.number()])),
  contexts: z.looseObject({ trace: z.looseObject({ trace_id: z.string(), span_id: z.string() }) }),
  exception: z.object({ values: z.array(Exception) }),
});
export type Event = z.infer<typeof Event>;

/** A Sentry that takes envelopes over HTTP, and answers as it is told. */
export class SentryStub implements AsyncDisposable {
  /** Every event that came, in the order in which they came. */
  readonly events: Event[] = [];
  /** Everything that came, as it was sent: heads and bodies. */
  text = "";
  requests = 0;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #closing = new AbortController();

  /** @param answer what is answered; nothing is while its promise waits */
  constructor(answer: () => Response | Promise<Response> = () => Response.json({ id: "1" })) {
    this.#server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {}, signal: this.#closing.signal },
      async (request) => {
        this.requests++;
        const body = await request.text();
        this.text += `${request.url} ${JSON.stringify([...request.headers])}\n${body}\n`;
        this.#take(body);
        return await answer();
      },
    );
  }

  get dsn(): string {
    return `http://5ecretkey@127.0.0.1:${this.#server.addr.port}/42`;
  }

  #take(envelope: string): void {
    // Of items without a length, as the SDK sends them, each takes two lines.
    const [, ...items] = envelope.trimEnd().split("\n").map((line) => JSON.parse(line));
    for (let i = 0; i < items.length; i += 2) {
      if (items[i].type !== "event") throw new Error(`Not an event: ${items[i].type}`);
      this.events.push(Event.parse(items[i + 1]));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#server.finished;
  }
}
