/**
 * What is loaded only where a setting asks for it.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import type { Config } from "../config.ts";
import type { Events } from "../events/mod.ts";
import type { EventsObserver } from "../events/observer.ts";
import { runInRequest } from "../observability/logging.ts";
import { isOpenTelemetryOn } from "../observability/open_telemetry.ts";
import type { Sentry } from "../observability/sentry.ts";
import type { Store } from "../store/mod.ts";

/** Starts the consumers where NATS_URL is set; else nothing of NATS is even loaded. */
export async function startEvents(
  config: Config,
  store: Store,
  observer: EventsObserver,
): Promise<Events | undefined> {
  const { natsUrl } = config;
  if (natsUrl === undefined) return undefined;
  const { Events } = await import("../events/mod.ts");
  return new Events({
    ...config,
    natsUrl,
    store,
    logger: getLogger(["events"]),
    runInRequest,
    now: Date.now,
    observer,
  });
}

/** Starts the reports where SENTRY_DSN is set; else nothing of Sentry is even loaded. */
export async function startSentry(config: Config): Promise<Sentry | undefined> {
  const { sentryDsn: dsn, env: environment, sentrySendIds: sendIds } = config;
  if (dsn === undefined) return undefined;
  const { Sentry } = await import("../observability/sentry.ts");
  const sentry = new Sentry({ dsn, environment, sendIds });
  sentry.watchProcess();
  return sentry;
}

/** Names the spans of Deno's own OpenTelemetry, where it is on. To be called before Sentry starts. */
export async function loadSpans(): Promise<Spans | undefined> {
  return isOpenTelemetryOn() ? await import("../observability/spans.ts") : undefined;
}

/** What is done with the span of a request. */
export type Spans = typeof import("../observability/spans.ts");
