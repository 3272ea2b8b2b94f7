/**
 * The composition root: the one place where the parts meet.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { selfCheck } from "../wasm/mod.ts";
import { POLICIES } from "./bandit/policies.ts";
import { random, randomBytes } from "./bandit/random.ts";
import { Scorer } from "./bandit/scorer.ts";
import { type Config, ConfigError, parseConfig, readEnvironment } from "./config.ts";
import type { Events } from "./events/mod.ts";
import { createApp } from "./http/app.ts";
import { NATS_OFF } from "./http/routes/health.ts";
import { Gateway, TipGenerator, Tips } from "./llm/mod.ts";
import { configureLogging, type RequestLog, runInRequest } from "./observability/logging.ts";
import { oncePerName } from "./observability/once.ts";
import { isOpenTelemetryOn } from "./observability/open_telemetry.ts";
import { requestIds } from "./observability/trace.ts";
import { pythonFilesNotImported } from "./python_state/marker.ts";
import { wordOf } from "./observability/word.ts";
import { openDenoKvStore, type Store, StoreOpenError } from "./store/mod.ts";

const logger = getLogger(["scorer"]);

/** The exit code where the configuration or the state cannot be used. */
const UNUSABLE = 2;

async function warnOfState({ stateDir }: Config): Promise<void> {
  if (stateDir === "/tmp" || stateDir.startsWith("/tmp/")) {
    logger.warn("STATE_DIR {stateDir} is under /tmp, which the system may empty at any time", {
      stateDir,
    });
  }
  const files = await pythonFilesNotImported(stateDir);
  if (files.length > 0) {
    logger.warn(
      "STATE_DIR holds {count} files of the Python service that were never imported; see " +
        "'deno task cli import-python-state --help'",
      { count: files.length, files: files.slice(0, 10) },
    );
  }
}

async function serve(config: Config, logRequest: RequestLog): Promise<number> {
  selfCheck();
  await using store = await openDenoKvStore({
    directory: config.stateDir,
    decisionLogSize: config.decisionLogSize,
  });
  // Not awaited: it reads every file of the directory, of which there may be many.
  warnOfState(config).catch((error) =>
    logger.error("STATE_DIR cannot be looked through", { error })
  );
  using scorer = new Scorer({
    ...config,
    store,
    random: random(config.rngSeed),
    now: Date.now,
    randomBytes: randomBytes(),
  });

  const spans = isOpenTelemetryOn() ? await import("./observability/spans.ts") : undefined;
  const tips = createTips(config, store, scorer, spans !== undefined);
  let events: Events | undefined = undefined;
  let draining = false;
  const app = createApp({
    scorer,
    tips,
    logger,
    runInRequest,
    getSync: (userId) => store.getSync(userId),
    health: () => ({ ok: true, nats: events?.health() ?? NATS_OFF }),
    ready: () => draining ? "The service is shutting down" : undefined,
    onUnknownProfileName: oncePerName((name) =>
      // A caller chose it: it may be any text.
      logger.warn("profile_features has a name that no feature has: {name}", {
        name: wordOf(name) ?? "(not a word)",
      })
    ),
    admit: () => {},
    requestIds: spans?.spanIds ?? requestIds,
    answered: (request) => {
      spans?.nameSpan(request.method, request.route);
      logRequest(request);
    },
  });

  const server = Deno.serve({
    hostname: config.host,
    port: config.port,
    onListen: ({ hostname, port }) =>
      logger.info("Listening on http://{hostname}:{port}", { hostname, port }),
  }, app.fetch);
  // After the port is known to be free: HTTP needs no events.
  events = await startEvents(config, store);

  const signal = await Promise.race([nextSignal(), server.finished]);
  draining = true;
  logger.info("Shutting down after {signal}", { signal });
  const timeout = Promise.withResolvers<"timeout">();
  const timer = setTimeout(() => timeout.resolve("timeout"), config.shutdownTimeoutS * 1000);
  // Beside the requests: both may take the whole time, and the store closes after them.
  const [outcome] = await Promise.all([
    Promise.race([server.shutdown(), timeout.promise]),
    events?.stop(config.shutdownTimeoutS * 1000),
  ]);
  clearTimeout(timer);
  if (outcome === "timeout") {
    logger.warn("Some requests were not answered within SHUTDOWN_TIMEOUT_S");
    return 1;
  }
  return 0;
}

/** All attempts of one request together may take this many times as long as one. */
const ATTEMPTS_IN_ALL = 3;

function createTips(config: Config, store: Store, scorer: Scorer, fetchTraces: boolean): Tips {
  const logger = getLogger(["llm"]);
  const attemptTimeoutMs = config.generateTimeoutS * 1000;
  const gateway = new Gateway({
    url: config.litellmUrl,
    key: config.litellmMasterKey,
    structuredOutput: config.litellmStructuredOutput,
    attemptTimeoutMs,
    fetchTraces,
    logger,
    random: Math.random,
  });
  const totalTimeoutMs = attemptTimeoutMs * ATTEMPTS_IN_ALL;
  return new Tips({
    generator: new TipGenerator({ gateway, totalTimeoutMs, logger }),
    scorer,
    getSync: (userId) => store.getSync(userId),
    activePolicy: POLICIES.find(({ name }) => name === config.activePolicy)!,
    defaultPromptVersion: config.defaultPromptVersion,
    now: Date.now,
    randomBytes: randomBytes(),
  });
}

/** Starts the consumers where NATS_URL is set; else nothing of NATS is even loaded. */
async function startEvents(config: Config, store: Store): Promise<Events | undefined> {
  const { natsUrl } = config;
  if (natsUrl === undefined) return undefined;
  const { Events } = await import("./events/mod.ts");
  return new Events({
    ...config,
    natsUrl,
    store,
    logger: getLogger(["events"]),
    runInRequest,
    now: Date.now,
  });
}

function nextSignal(): Promise<Deno.Signal> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      Deno.addSignalListener(signal, () => resolve(signal));
    }
  });
}

/** Runs the service until it is told to stop; answers with the exit code. */
async function main(): Promise<number> {
  try {
    const config = parseConfig(readEnvironment((name) => Deno.env.get(name)));
    const { logLevel: level, logFormat: format } = config;
    const logRequest = configureLogging({ level, format });
    const code = await serve(config, logRequest);
    logger.info("Stopped");
    return code;
  } catch (error) {
    if (error instanceof ConfigError || error instanceof StoreOpenError) {
      console.error(error.message);
      return UNUSABLE;
    }
    if (error instanceof Deno.errors.AddrInUse) {
      console.error("HOST and PORT name an address that is in use");
      return UNUSABLE;
    }
    throw error;
  }
}

if (import.meta.main) Deno.exit(await main());
