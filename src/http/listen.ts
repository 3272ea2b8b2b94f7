import { pause } from "../pause.ts";
import type { RequestLogger } from "./services.ts";

/** How long no connection is taken once there were too many: time for some of them to end. */
const PAUSE_MS = 250;

/**
 * How long answers are held back before the end, and behind it. Deno closes a connection that
 * waits for its next request even if that was sent already; one whose answer is due, after it.
 */
const HOLD_MS = { before: 100, behind: 20 };

/** HOST and PORT name no address that can be listened on; `message` tells why. */
export class ListenError extends Error {
  override readonly name = "ListenError";

  constructor(cause: unknown) {
    const why = cause instanceof Deno.errors.AddrInUse
      ? "it is in use"
      : cause instanceof Error
      ? cause.message
      : String(cause);
    super(`HOST and PORT name an address that cannot be listened on: ${why}`, { cause });
  }
}

/** A server that listens. */
export interface Listening {
  /** Rejects where it cannot go on. */
  readonly failed: Promise<never>;
  /** Takes no more connections, and waits for the requests in flight. */
  shutdown(): Promise<void>;
}

/** Options of {@linkcode listen}. */
export interface ListenOptions {
  readonly hostname: string;
  readonly port: number;
  readonly logger: RequestLogger;
}

/** Whether the process, or the whole system, has no more file descriptors: EMFILE, ENFILE. */
function outOfFiles(error: unknown): boolean {
  return error instanceof Error && /\(os error (23|24)\)/.test(error.message);
}

/**
 * Serves HTTP, and goes on where Deno's server ends: when a connection came and the process had no
 * file descriptor left for it. The connections that there are go on by themselves.
 *
 * @throws {ListenError} it cannot listen at first
 */
export function listen(
  { hostname, port, logger }: ListenOptions,
  handler: Deno.ServeHandler<Deno.NetAddr>,
): Listening {
  const failed = Promise.withResolvers<never>();
  const servers: Deno.HttpServer<Deno.NetAddr>[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  let held: Promise<void> | undefined;
  const holding: typeof handler = async (request, info) => {
    const answer = await handler(request, info);
    await held;
    return answer;
  };
  const holdable: typeof handler = (request, info) => (held ? holding : handler)(request, info);

  const start = (port: number, onListen: (address: Deno.NetAddr) => void) => {
    const server = Deno.serve({ hostname, port, onListen }, holdable);
    servers.push(server);
    server.finished.catch((error) => {
      if (stopped) return;
      if (!outOfFiles(error)) return failed.reject(error);
      logger.warn("Too many connections: none is taken for {pause_ms} ms", { pause_ms: PAUSE_MS });
      timer = setTimeout(() => again(server.addr.port), PAUSE_MS);
    });
  };
  const again = (port: number) => {
    try {
      start(port, () => {});
    } catch (error) {
      if (!outOfFiles(error)) return failed.reject(error);
      timer = setTimeout(() => again(port), PAUSE_MS);
    }
  };
  try {
    start(port, ({ hostname, port }) => {
      logger.info("Listening on http://{hostname}:{port}", { hostname, port });
    });
  } catch (cause) {
    throw new ListenError(cause);
  }
  return {
    failed: failed.promise,
    shutdown: async () => {
      stopped = true;
      clearTimeout(timer);
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      // By then every client that is busy has sent the request whose answer it waits for.
      await pause(HOLD_MS.before);
      const closed = Promise.all(servers.map((server) => server.shutdown()));
      await pause(HOLD_MS.behind);
      resolve();
      await closed;
    },
  };
}
