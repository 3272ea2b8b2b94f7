/**
 * Reports of failures, sent to Sentry. Loaded only where SENTRY_DSN is set.
 *
 * @module
 */
import type { Sink } from "@logtape/logtape";
import { createTransport, type DenoOptions, init, Scope } from "@sentry/deno";
import project from "../../deno.json" with { type: "json" };
import { type Failure, failureOf } from "./failure.ts";
import { Novelty } from "./novelty.ts";
import { sentryEvent } from "./sentry_event.ts";

/** Where reports go, and what they may hold. */
export interface SentryOptions {
  readonly dsn: string;
  readonly environment: string;
  readonly sendIds: boolean;
}

/** Reports that are on their way at most; others are dropped. */
const MOST_ON_THEIR_WAY = 16;
const SEND_TIMEOUT_MS = 10_000;
/** How long the end of the process waits for what is on its way. */
const FLUSH_MS = 2_000;

/** As the SDK's own, but that no report is waited for without end. */
const transport: NonNullable<DenoOptions["transport"]> = (options) =>
  createTransport(options, async ({ body }) => {
    const response = await fetch(options.url, {
      method: "POST",
      // Its type does not say that its buffer is no shared one.
      body: typeof body === "string" ? body : new Uint8Array(body),
      headers: options.headers ?? {},
      signal: AbortSignal.timeout(SEND_TIMEOUT_MS),
    });
    await response.body?.cancel();
    return {
      statusCode: response.status,
      headers: {
        "x-sentry-rate-limits": response.headers.get("x-sentry-rate-limits"),
        "retry-after": response.headers.get("retry-after"),
      },
    };
  });

/** Tells Sentry of failures: what the log has of them, and what the process dies of. */
export class Sentry {
  readonly #client: NonNullable<ReturnType<typeof init>>;
  readonly #novelty = new Novelty();
  readonly #options: SentryOptions;

  constructor(options: SentryOptions) {
    this.#options = options;
    const { dsn, environment } = options;
    const client = init({
      dsn,
      environment,
      release: `tip-scorer@${project.version}`,
      // None: they read requests, patch what they find, and one of them costs most of the
      // throughput. What they do of use (causes, duplicates, uncaught errors) is done here.
      defaultIntegrations: false,
      integrations: [],
      skipOpenTelemetrySetup: true, // OTEL_DENO's tracer stays
      enableLogs: false,
      enableMetrics: false,
      sendClientReports: false,
      maxBreadcrumbs: 0,
      transport,
      transportOptions: { bufferSize: MOST_ON_THEIR_WAY },
      beforeSend: ({ server_name: _, ...event }) => event,
    });
    if (!client) throw new Error("Sentry has no client");
    this.#client = client;
  }

  /** Takes the log's records, and sends those that tell of a failure. */
  readonly sink: Sink = (record) => {
    const failure = failureOf(record);
    if (failure) this.#report(failure);
  };

  /** Reports what the process dies of; it then dies of it as it would have without a report. */
  watchProcess(): void {
    const die = (event: Event, error: unknown, again: () => void) => {
      event.preventDefault();
      this.died(error);
      this.flush().then(() => {
        globalThis.removeEventListener("error", onError);
        globalThis.removeEventListener("unhandledrejection", onRejection);
        again();
      });
    };
    const onError = (event: ErrorEvent) =>
      die(event, event.error, () =>
        queueMicrotask(() => {
          throw event.error;
        }));
    const onRejection = (event: PromiseRejectionEvent) =>
      die(event, event.reason, () => void Promise.reject(event.reason));
    globalThis.addEventListener("error", onError);
    globalThis.addEventListener("unhandledrejection", onRejection);
  }

  /** Reports an error that nothing in the service has handled. */
  died(error: unknown): void {
    const what = "The process died of an error";
    const at = Date.now();
    this.#report({ level: "fatal", logger: "process", what, error, at, properties: {} });
  }

  /** Waits until everything is sent, or for two seconds. */
  async flush(): Promise<void> {
    await this.#client.flush(FLUSH_MS);
  }

  #report(failure: Failure): void {
    if (!this.#novelty.isNew(failure)) return;
    const { stackParser } = this.#client.getOptions();
    const { sendIds } = this.#options;
    const event = sentryEvent(failure, { sendIds, parseStack: stackParser });
    const scope = new Scope();
    const traceId = event.contexts?.trace?.trace_id;
    // For the envelope's own mention of the trace.
    if (traceId) scope.setPropagationContext({ traceId, sampleRand: 0 });
    this.#client.captureEvent(event, {}, scope);
  }
}
