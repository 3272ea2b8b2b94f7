/**
 * The service's entry: settings, observability, and then composition/, where the parts meet.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { loadSpans, startSentry } from "./composition/optional.ts";
import { serve } from "./composition/serve.ts";
import { ConfigError, parseConfig, readEnvironment } from "./config.ts";
import { ignoreStrayErrors } from "./events/stray_errors.ts";
import { ListenError } from "./http/listen.ts";
import { configureLogging } from "./observability/logging.ts";
import type { Sentry } from "./observability/sentry.ts";
import { StoreOpenError } from "./store/mod.ts";

const logger = getLogger(["scorer"]);

/** The exit code where the settings, the state or the port cannot be used. */
const UNUSABLE = 2;

/** Runs the service until it is told to stop; answers with the exit code. */
export async function main(): Promise<number> {
  ignoreStrayErrors();
  let sentry: Sentry | undefined;
  try {
    const config = parseConfig(readEnvironment((name) => Deno.env.get(name)));
    const { logLevel: level, logFormat: format } = config;
    // Before Sentry, which registers where OpenTelemetry does.
    const spans = await loadSpans();
    sentry = await startSentry(config);
    const logRequest = configureLogging({ level, format, sinks: sentry ? [sentry.sink] : [] });
    const code = await serve(config, logRequest, spans);
    logger.info("Stopped");
    return code;
  } catch (error) {
    const isExpected = error instanceof ConfigError || error instanceof StoreOpenError ||
      error instanceof ListenError;
    if (isExpected) {
      console.error(error.message);
      return UNUSABLE;
    }
    sentry?.died(error);
    throw error;
  } finally {
    await sentry?.flush();
  }
}

if (import.meta.main) Deno.exit(await main());
