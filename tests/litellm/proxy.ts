import { CONFIG, litellmBinary, spawnLitellm } from "../../scripts/litellm.ts";
import { testWith } from "../support/skip.ts";
import { until } from "../support/until.ts";

const found = await litellmBinary().catch((error: Error) => error);
const missing = found instanceof Error;

/** A test that needs LiteLLM: ignored where it cannot be installed, but a failure on CI. */
export function litellmTest(name: string, fn: () => Promise<void>): void {
  const why = missing ? `no LiteLLM: ${found.message}` : `LITELLM=${found} cannot be run`;
  testWith({ command: "test", args: ["-x", missing ? "" : found], why }, name, fn);
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** A LiteLLM proxy of a test's own, with the model that answers by itself. */
export class LiteLlmProxy implements AsyncDisposable {
  static readonly KEY = "sk-test-key";
  readonly #config: string;
  readonly #process: Deno.ChildProcess;
  readonly url: string;
  #ended = false;

  private constructor(config: string, process: Deno.ChildProcess, port: number) {
    this.#config = config;
    this.#process = process;
    this.url = `http://127.0.0.1:${port}`;
    process.status.then(() => this.#ended = true);
  }

  /** Starts it, with the model under this alias, and waits until it answers. */
  static async start(alias = "tip-generator", source = CONFIG): Promise<LiteLlmProxy> {
    if (missing) throw found;
    const text = await Deno.readTextFile(source);
    const config = await Deno.makeTempFile({ suffix: ".yaml" });
    await Deno.writeTextFile(
      config,
      text.replace("model_name: tip-generator", `model_name: ${alias}`),
    );
    const port = freePort();
    const options = { port, config, masterKey: this.KEY, detached: true, output: "null" } as const;
    const proxy = new LiteLlmProxy(config, spawnLitellm(found, options), port);
    try {
      await until("LiteLLM is ready", () => proxy.#ready(), 120);
    } catch (error) {
      await proxy[Symbol.asyncDispose]();
      throw error;
    }
    return proxy;
  }

  async #ready(): Promise<boolean> {
    if (this.#ended) throw new Error("LiteLLM ended; scripts/litellm.ts shows why");
    try {
      const response = await fetch(`${this.url}/health/liveliness`);
      await response.body?.cancel();
      return response.ok;
    } catch {
      return false; // it does not listen yet
    }
  }

  /** Ends it, with whatever it has started, at once. */
  async stop(): Promise<void> {
    try {
      Deno.kill(-this.#process.pid, "SIGKILL"); // its group
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error; // it has ended
    }
    await this.#process.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await Deno.remove(this.#config);
  }
}
