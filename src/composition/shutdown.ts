import { getLogger } from "@logtape/logtape";
import type { Config } from "../config.ts";
import type { Events } from "../events/mod.ts";
import type { Listening } from "../http/listen.ts";
import { pause } from "../pause.ts";

const logger = getLogger(["scorer"]);

/** Resolves with the next signal that asks the process to end. */
export function nextSignal(): Promise<Deno.Signal> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      Deno.addSignalListener(signal, () => resolve(signal));
    }
  });
}

/** Waits until a balancer has seen /ready. A second signal is somebody's who can't wait. */
async function lookedAway(delayMs: number): Promise<void> {
  const hurry = new AbortController();
  nextSignal().then(() => hurry.abort());
  await pause(delayMs, hurry.signal);
}

/** What takes requests and events. */
export interface Running {
  readonly server: Listening;
  readonly events: Events | undefined;
}

/**
 * Lets what runs come to its end: no more is taken, and what came is answered. Tells whether all
 * of it was in time.
 */
export async function drain(
  { server, events }: Running,
  { shutdownDelayS, shutdownTimeoutS }: Config,
): Promise<boolean> {
  await lookedAway(shutdownDelayS * 1000);
  const timeoutMs = shutdownTimeoutS * 1000;
  const timeout = Promise.withResolvers<"timeout">();
  const timer = setTimeout(() => timeout.resolve("timeout"), timeoutMs);
  // Beside the requests: both may take the whole time.
  const [outcome] = await Promise.all([
    Promise.race([server.shutdown(), timeout.promise]),
    events?.stop(timeoutMs),
  ]);
  clearTimeout(timer);
  if (outcome !== "timeout") return true;
  logger.warn("Some requests were not answered within SHUTDOWN_TIMEOUT_S");
  return false;
}
