import { z } from "zod";

const Line = z.object({ message: z.string() }).and(z.record(z.string(), z.unknown()));

/** A line that the service logged. */
export type Line = z.infer<typeof Line>;

/** The service as a process of its own, on a free port. */
export class Service implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #lines: Line[] = [];
  readonly #reading: Promise<void>;
  readonly #listening = Promise.withResolvers<string>();

  private constructor(process: Deno.ChildProcess) {
    this.#process = process;
    this.#reading = this.#read();
  }

  /** Starts it, and waits until it listens. */
  static async start(
    env: Record<string, string>,
    flags: readonly string[] = [],
    wrapper: readonly string[] = [],
  ): Promise<Service> {
    return await Service.on(spawnService(env, flags, "inherit", wrapper));
  }

  /** The service as a test started it, once it listens; its stdout is piped. */
  static async on(process: Deno.ChildProcess): Promise<Service> {
    const service = new Service(process);
    service.url = await service.#listening.promise;
    return service;
  }

  /** Where it listens. */
  url = "";

  get pid(): number {
    return this.#process.pid;
  }

  /** What it has logged so far. */
  get lines(): readonly Line[] {
    return this.#lines;
  }

  /** Sends the signal and waits for the end. */
  async stop(signal: Deno.Signal = "SIGTERM"): Promise<Deno.CommandStatus> {
    try {
      this.#process.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has ended by itself
    }
    await this.#reading;
    return await this.#process.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop("SIGKILL");
  }

  async #read(): Promise<void> {
    let rest = "";
    for await (const text of this.#process.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const each of lines) {
        const line = Line.parse(JSON.parse(each));
        this.#lines.push(line);
        if (line.message.startsWith("Listening on ")) {
          this.#listening.resolve(line.message.slice("Listening on ".length));
        }
      }
    }
    this.#listening.reject(new Error(`The service ended: ${JSON.stringify(this.#lines)}`));
    this.#listening.promise.catch(() => {}); // it had listened, or start() tells
  }
}

/**
 * The service's process, as its task starts it but for the folders of the tests; `wrapper` is a
 * command that runs it as its last arguments.
 */
export function spawnService(
  env: Record<string, string>,
  flags: readonly string[] = [],
  stderr: "inherit" | "piped" = "inherit",
  wrapper: readonly string[] = [],
): Deno.ChildProcess {
  const main = new URL("../../src/main.ts", import.meta.url).pathname;
  const [command, ...args] = [
    ...wrapper,
    Deno.execPath(),
    ...["run", "--no-prompt", "--allow-read", "--allow-write", "--allow-net", "--allow-env"],
    ...["--allow-sys=uid", ...flags, main],
  ];
  return new Deno.Command(command!, {
    args,
    env: { PORT: "0", ...env },
    stdout: "piped",
    stderr,
  }).spawn();
}
