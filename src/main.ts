/**
 * The composition root: the one place where the parts meet.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { selfCheck } from "../wasm/mod.ts";
import { OverloadedError } from "./bandit/errors.ts";
import { POLICIES } from "./bandit/policies.ts";
import { random, randomBytes } from "./bandit/random.ts";
import { Scorer } from "./bandit/scorer.ts";
import { type Config, ConfigError, parseConfig, readEnvironment } from "./config.ts";
import { DeadLetterService } from "./events/dead_letter_service.ts";
import type { Events } from "./events/mod.ts";
import type { EventsObserver } from "./events/observer.ts";
import { openDoors } from "./http/access/doors.ts";
import { createGuard } from "./http/access/guard.ts";
import { createApp } from "./http/app.ts";
import { listen } from "./http/listen.ts";
import type { AnsweredRequest } from "./http/services.ts";
import { NATS_OFF } from "./http/routes/health.ts";
import { Gateway, type LlmObserver, TipGenerator, Tips } from "./llm/mod.ts";
import { configureLogging, runInRequest } from "./observability/logging.ts";
import { Metrics } from "./observability/metrics/mod.ts";
import { oncePerName } from "./observability/once.ts";
import type { Sentry } from "./observability/sentry.ts";
import { pause } from "./pause.ts";
import { pythonFilesNotImported } from "./python_state/marker.ts";
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

async function serve(config: Config): Promise<number> {
  selfCheck();
  for (const door of openDoors(config)) logger.warn("Open door: {door}", { door });
  const guard = await createGuard(config);
  const metrics = new Metrics();
  await using store = await openDenoKvStore({
    directory: config.stateDir,
    decisionLogSize: config.decisionLogSize,
    observer: metrics.store,
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
    observer: metrics.bandit,
  });

  const tips = createTips(config, store, scorer, metrics.llm);
  let events: Events | undefined = undefined;
  let draining = false;
  const warnOfProfileName = oncePerName((name) =>
    logger.warn("profile_features has a name that no feature has: {name}", { name })
  );
  const state = {
    nats: () => events?.health() ?? NATS_OFF,
    ready: () => {
      if (draining) return "The service is shutting down";
      return scorer.overloaded ? "Too many calls wait for the store" : undefined;
    },
  };
  metrics.show({
    ...state,
    maxWaiting: config.maxWaiting,
    cacheUsers: config.cacheUsers,
    waitingCalls: () => scorer.waiting,
    waitingWrites: () => store.waitingWrites,
    usersInMemory: () => scorer.cachedUsers,
  });
  using _lag = metrics.eventLoop.watch();
  const app = createApp({
    scorer,
    tips,
    logger,
    runInRequest,
    getSync: (userId) => store.getSync(userId),
    erase: async (userId) => {
      try {
        await scorer.erase(userId);
      } finally { // one that failed may have been done
        events?.forget(userId);
      }
    },
    deadLetters: new DeadLetterService({ natsUrl: config.natsUrl, events: () => events }),
    health: () => ({ ok: true, nats: state.nats() }),
    closing: () => draining,
    ready: state.ready,
    metrics: () => metrics.text(),
    onUnknownProfileName: (name) => {
      metrics.unknownProfileName();
      warnOfProfileName(name);
    },
    requestTimeoutMs: config.requestTimeoutS * 1000,
    admit: (admission) => {
      // Before a body is read, as that would fill the memory.
      if (admission.operation?.writes && scorer.overloaded) throw new OverloadedError();
      return guard.admit(admission);
    },
    arrived: () => metrics.http.arrived(),
    answered: (request) => {
      metrics.http.answered(request);
      logAnswered(request);
    },
  });

  const server = listen({ hostname: config.host, port: config.port, logger }, app.fetch);
  // After the port is known to be free: HTTP needs no events.
  events = await startEvents(config, store, metrics.events);

  const signal = await Promise.race([nextSignal(), server.failed]);
  draining = true;
  logger.info("Shutting down after {signal}", { signal });
  await lookedAway(config.shutdownDelayS * 1000);
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
    // Without a wait for the store, which may be what did not answer: what was answered is on disk.
    Deno.exit(1);
  }
  return 0;
}

/**
 * Waits until a balancer has seen /ready and, by the answers, closed its connections: one that is
 * closed under a request is an error there. A second signal is somebody's who can't wait.
 */
async function lookedAway(delayMs: number): Promise<void> {
  const hurry = new AbortController();
  nextSignal().then(() => hurry.abort());
  await pause(delayMs, hurry.signal);
}

const requestLogger = getLogger(["http"]);

/** The one line that each request has in the log, whatever else is logged in it. */
function logAnswered({ method, route, status, durationMs }: AnsweredRequest): void {
  const duration_ms = Math.round(durationMs * 1000) / 1000;
  requestLogger.info("Request", { method, route, status, duration_ms });
}

/** All attempts of one request together may take this many times as long as one. */
const ATTEMPTS_IN_ALL = 3;

function createTips(config: Config, store: Store, scorer: Scorer, observer: LlmObserver): Tips {
  const logger = getLogger(["llm"]);
  const attemptTimeoutMs = config.generateTimeoutS * 1000;
  const gateway = new Gateway({
    url: config.litellmUrl,
    key: config.litellmMasterKey,
    structuredOutput: config.litellmStructuredOutput,
    attemptTimeoutMs,
    logger,
    random: Math.random,
    observer,
  });
  const totalTimeoutMs = attemptTimeoutMs * ATTEMPTS_IN_ALL;
  return new Tips({
    generator: new TipGenerator({ gateway, totalTimeoutMs, logger, observer }),
    scorer,
    getSync: (userId) => store.getSync(userId),
    activePolicy: POLICIES.find(({ name }) => name === config.activePolicy)!,
    defaultPromptVersion: config.defaultPromptVersion,
    now: Date.now,
    randomBytes: randomBytes(),
    observer,
  });
}

/** Starts the consumers where NATS_URL is set; else nothing of NATS is even loaded. */
async function startEvents(
  config: Config,
  store: Store,
  observer: EventsObserver,
): Promise<Events | undefined> {
  const { natsUrl } = config;
  if (natsUrl === undefined) return undefined;
  const { Events } = await import("./events/mod.ts");
  return new Events({
    ...config,
    natsUrl,
    store,
    logger: getLogger(["events"]),
    now: Date.now,
    observer,
  });
}

/** Starts the reports where SENTRY_DSN is set; else nothing of Sentry is even loaded. */
async function startSentry(config: Config): Promise<Sentry | undefined> {
  const { sentryDsn: dsn, env: environment, sentrySendIds: sendIds } = config;
  if (dsn === undefined) return undefined;
  const { Sentry } = await import("./observability/sentry.ts");
  const sentry = new Sentry({ dsn, environment, sendIds });
  sentry.watchProcess();
  return sentry;
}

function nextSignal(): Promise<Deno.Signal> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      Deno.addSignalListener(signal, () => resolve(signal));
    }
  });
}

/** Runs the service until it is told to stop; answers with the exit code. */
export async function main(): Promise<number> {
  let sentry: Sentry | undefined;
  try {
    const config = parseConfig(readEnvironment((name) => Deno.env.get(name)));
    sentry = await startSentry(config);
    configureLogging({ level: config.logLevel, sinks: sentry ? [sentry.sink] : [] });
    const code = await serve(config);
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
    sentry?.died(error);
    throw error;
  } finally {
    await sentry?.flush();
  }
}

if (import.meta.main) Deno.exit(await main());
