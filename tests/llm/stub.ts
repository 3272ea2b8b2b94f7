import { Gateway, type GatewayOptions, type LlmLogger } from "../../src/llm/gateway.ts";

/** What the stub was sent. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  // deno-lint-ignore no-explicit-any -- tests know what they sent
  readonly body: any;
}

/** How the stub answers one request. */
export type Step = (request: Request, stub: Stub) => Response | Promise<Response>;

/** A LiteLLM that answers by a script, one step for each request. */
export class Stub implements AsyncDisposable {
  readonly received: Received[] = [];
  /** Requests whose caller hung up before there was an answer. */
  hungUp = 0;
  /** Streamed answers that the caller did not want to its end. */
  cancelled = 0;
  /** What is answered after the last step. */
  otherwise: Step = status(418);
  readonly #steps: Step[];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(...steps: Step[]) {
    this.#steps = steps;
    this.#server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      async (request) => {
        const { pathname: path } = new URL(request.url);
        const { method, headers } = request;
        this.received.push({ method, path, headers, body: await request.json() });
        return await (this.#steps.shift() ?? this.otherwise)(request, this);
      },
    );
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/v1`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** A completion with this content; `over` replaces its fields. */
export function completion(content: unknown, over: Record<string, unknown> = {}): Step {
  return () =>
    Response.json({
      model: "gpt-stub",
      choices: [{ index: 0, message: { role: "assistant", content } }],
      usage: { prompt_tokens: 100, completion_tokens: 20 },
      ...over,
    });
}

/** Any answer. */
export function status(status: number, headers: HeadersInit = {}, body = "{}"): Step {
  return () => new Response(body, { status, headers });
}

/** No answer until the caller hangs up. */
export const hang: Step = (request, stub) =>
  new Promise((resolve) => {
    request.signal.addEventListener("abort", () => {
      stub.hungUp++;
      resolve(new Response());
    });
  });

/** An answer of so many bytes. */
export function flood(bytes: number): Step {
  return (_request, stub) => {
    let left = bytes;
    const chunk = new Uint8Array(1 << 16).fill(0x20);
    return new Response(
      new ReadableStream({
        pull: (controller) => {
          if (left <= 0) return controller.close();
          left -= chunk.length;
          controller.enqueue(chunk);
        },
        cancel: () => {
          stub.cancelled++;
        },
      }),
    );
  };
}

/** A server that reads a request, writes this much of an answer, and ends the connection. */
export class CuttingServer implements AsyncDisposable {
  connections = 0;
  readonly #listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  readonly #done: Promise<void>;

  constructor(answer: string) {
    this.#done = this.#serve(new TextEncoder().encode(answer));
  }

  get url(): string {
    return `http://127.0.0.1:${this.#listener.addr.port}`;
  }

  async #serve(answer: Uint8Array): Promise<void> {
    for await (const connection of this.#listener) {
      this.connections++;
      await connection.read(new Uint8Array(1 << 16));
      if (answer.length > 0) await connection.write(answer);
      connection.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#done;
  }
}

/** A URL where nothing listens. */
export function deadUrl(): string {
  using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  return `http://127.0.0.1:${listener.addr.port}`;
}

/** What was logged, and the logger that did it. */
export class TestLogger implements LlmLogger {
  readonly logged: { message: string; properties: Record<string, unknown> }[] = [];

  warn(message: string, properties: Record<string, unknown> = {}): void {
    this.logged.push({ message, properties });
  }
}

export const KEY = "sk-very-secret";
export const TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/** A gateway with short pauses. */
export function makeGateway(url: string, over: Partial<GatewayOptions> = {}): Gateway {
  return new Gateway({
    url,
    key: KEY,
    attemptTimeoutMs: 60_000,
    pauseMs: 1,
    structuredOutput: false,
    logger: new TestLogger(),
    random: () => 0.5,
    ...over,
  });
}
