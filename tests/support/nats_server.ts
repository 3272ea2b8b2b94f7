import { type ConsumerInfo, jetstreamManager, type StoredMsg } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { connect } from "@nats-io/transport-node";
import { installNatsServer, works } from "../../scripts/install_nats_server.ts";
import { test } from "./scorer.ts";
import { until } from "./until.ts";

async function find(): Promise<string> {
  for (const command of [Deno.env.get("NATS_SERVER"), "nats-server"]) {
    if (command !== undefined && await works(command)) return command;
  }
  return await installNatsServer();
}

const found = await find().catch((error: Error) => error);

/** A test that needs nats-server: ignored where there is none, but a failure on CI. */
export function natsTest(name: string, fn: () => Promise<void>): void {
  const missing = found instanceof Error ? found : undefined;
  if (missing === undefined) return test(name, fn);
  console.log(`skipped: ${name}: no nats-server: ${missing.message}`);
  const ignore = Deno.env.get("CI") !== "true";
  Deno.test({ name, ignore, fn: () => Promise.reject(missing) });
}

/** A port that nothing listens on now. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** A nats-server of a test's own: a free port, a new folder, gone with the test. */
export class NatsServer implements AsyncDisposable {
  readonly #command: string;
  readonly #folder: string;
  readonly port = freePort();
  #process: Deno.ChildProcess | undefined;

  private constructor(command: string, folder: string) {
    this.#command = command;
    this.#folder = folder;
  }

  /** A server that does not run yet. */
  static async make(): Promise<NatsServer> {
    if (found instanceof Error) throw found;
    return new NatsServer(found, await Deno.makeTempDir());
  }

  /** A server that runs. */
  static async start(): Promise<NatsServer> {
    const server = await NatsServer.make();
    await server.start();
    return server;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** Starts it, with what it has stored and perhaps more flags, and waits until it listens. */
  async start(flags: readonly string[] = [], env: Record<string, string> = {}): Promise<void> {
    this.#process = new Deno.Command(this.#command, {
      args: ["-js", "-a", "127.0.0.1", "-p", String(this.port), "-sd", this.#folder, ...flags],
      env,
      stdout: "null",
      stderr: "null",
    }).spawn();
    await until("nats-server listens", async () => {
      try {
        (await Deno.connect({ hostname: "127.0.0.1", port: this.port })).close();
        return true;
      } catch {
        return false;
      }
    });
  }

  async kill(signal: Deno.Signal = "SIGKILL"): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    process?.kill(signal);
    await process?.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** A test's own connection to a server, for what other services do. */
export class NatsClient implements AsyncDisposable {
  readonly nc: NatsConnection;

  private constructor(nc: NatsConnection) {
    this.nc = nc;
  }

  static async open({ url }: NatsServer): Promise<NatsClient> {
    const options = { servers: url, maxReconnectAttempts: -1, reconnectTimeWait: 100 };
    return new NatsClient(await connect(options));
  }

  async jsm() {
    return await jetstreamManager(this.nc, { checkAPI: false });
  }

  /** Publishes, and waits until the stream has it; tells its number there. */
  async publish(subject: string, payload: unknown): Promise<number> {
    const data = payload instanceof Uint8Array
      ? payload
      : typeof payload === "string"
      ? payload
      : JSON.stringify(payload);
    return (await (await this.jsm()).jetstream().publish(subject, data)).seq;
  }

  async consumer(stream: string, durable: string): Promise<ConsumerInfo> {
    return await (await this.jsm()).consumers.info(stream, durable);
  }

  /** Waits until everything in a stream was handled or given up. */
  async settled(stream: string, durable: string, seconds = 30): Promise<void> {
    const { streams, consumers } = await this.jsm();
    let state = "";
    await until(() => `${durable} has settled: ${state}`, async () => {
      try {
        const info = await consumers.info(stream, durable);
        const last = (await streams.info(stream)).state.last_seq;
        state = `${info.ack_floor.stream_seq} of ${last}, ${info.num_ack_pending} in flight`;
        return info.num_pending === 0 && info.num_ack_pending === 0;
      } catch (error) {
        state = String(error);
        return false;
      }
    }, seconds);
  }

  /** Every message of a stream, by its subject. */
  async messages(stream: string): Promise<StoredMsg[]> {
    const { streams } = await this.jsm();
    const { state: { first_seq, last_seq } } = await streams.info(stream);
    const found: StoredMsg[] = [];
    for (let seq = Math.max(first_seq, 1); seq <= last_seq; seq++) {
      const message = await streams.getMessage(stream, { seq });
      if (message) found.push(message);
    }
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.nc.close();
  }
}
