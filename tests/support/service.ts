import { z } from "zod";
import { hasPlanted, planted } from "./planted.ts";

const Line = z.object({ message: z.string() }).and(z.record(z.string(), z.unknown()));

/** A line that the service logged. */
export type Line = z.infer<typeof Line>;

/** The service as a process of its own, on a free port. */
export class Service implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #lines: Line[] = [];
  /** Lines of the log that hold what none may hold. */
  readonly #leaks: string[] = [];
  readonly #reading: Promise<void>;
  readonly #listening = Promise.withResolvers<string>();

  private constructor(process: Deno.ChildProcess) {
    this.#process = process;
    this.#reading = Promise.all([this.#read(), this.#passErrors()]).then(() => {});
  }

  /** Starts it, and waits until it listens. */
  static async start(
    env: Record<string, string>,
    flags: readonly string[] = [],
    wrapper: readonly string[] = [],
  ): Promise<Service> {
    return await Service.on(spawnService(env, flags, "piped", wrapper));
  }

  /** The service as a test started it, once it listens; its stdout and stderr are piped. */
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

  /** What it has said on stderr so far. */
  complaints = "";

  /** What it has logged so far. */
  get lines(): readonly Line[] {
    return this.#lines;
  }

  /** Sends the signal and waits for the end; fails where the log held something planted. */
  async stop(signal: Deno.Signal = "SIGTERM"): Promise<Deno.CommandStatus> {
    try {
      this.#process.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has ended by itself
    }
    await this.#reading;
    const status = await this.#process.status;
    const leaks = this.#leaks.splice(0);
    if (leaks.length > 0) throw new Error(`The log held what is secret:\n${leaks.join("\n")}`);
    return status;
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
        if (hasPlanted(each)) this.#leaks.push(each);
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

  /** Shows what the process says beside its log, and looks at it as at the log. */
  async #passErrors(): Promise<void> {
    for await (const part of this.#process.stderr.pipeThrough(new TextDecoderStream())) {
      Deno.stderr.writeSync(new TextEncoder().encode(part));
      this.complaints += part;
    }
    this.#leaks.push(...this.complaints.split("\n").filter(hasPlanted));
  }
}

/** Every secret that a test sets for nothing else is one that the log must not show. */
const SECRETS = { LITELLM_MASTER_KEY: planted("litellm-key") };

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
    env: { PORT: "0", ...SECRETS, ...env },
    stdout: "piped",
    stderr,
  }).spawn();
}
