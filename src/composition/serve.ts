import { getLogger } from "@logtape/logtape";
import { selfCheck } from "../../wasm/mod.ts";
import { OverloadedError } from "../bandit/errors.ts";
import { random, randomBytes } from "../bandit/random.ts";
import { Scorer } from "../bandit/scorer.ts";
import type { Config } from "../config.ts";
import { DeadLetterService } from "../events/dead_letter_service.ts";
import type { Events } from "../events/mod.ts";
import { openDoors } from "../http/access/doors.ts";
import { createGuard } from "../http/access/guard.ts";
import { createApp } from "../http/app.ts";
import { listen } from "../http/listen.ts";
import { NATS_OFF } from "../http/routes/health.ts";
import { type RequestLog, runInRequest } from "../observability/logging.ts";
import { Metrics } from "../observability/metrics/mod.ts";
import { oncePerName } from "../observability/once.ts";
import { requestIds } from "../observability/trace.ts";
import { wordOf } from "../observability/word.ts";
import { openDenoKvStore } from "../store/mod.ts";
import { type Spans, startEvents } from "./optional.ts";
import { drain, nextSignal } from "./shutdown.ts";
import { warnOfState } from "./state_warnings.ts";
import { createTips } from "./tips.ts";

const logger = getLogger(["scorer"]);

/** The exit code where requests in flight were given up. */
const NOT_IN_TIME = 1;

/**
 * Runs the service until it is told to stop; answers with the exit code.
 *
 * @throws {StoreOpenError} the state cannot be used
 * @throws {ListenError} the port cannot be
 */
export async function serve(
  config: Config,
  logRequest: RequestLog,
  spans: Spans | undefined,
): Promise<number> {
  selfCheck();
  for (const door of openDoors(config)) logger.warn("Open door: {door}", { door });
  const guard = await createGuard(config);
  const metrics = new Metrics();
  await using opened = new AsyncDisposableStack();
  const store = opened.use(
    await openDenoKvStore({
      directory: config.stateDir,
      decisionLogSize: config.decisionLogSize,
      observer: metrics.store,
    }),
  );
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

  const tips = createTips(config, store, scorer, metrics.llm, spans !== undefined);
  let events: Events | undefined = undefined;
  let draining = false;
  const warnOfProfileName = oncePerName((name) =>
    // A caller chose it: it may be any text.
    logger.warn("profile_features has a name that no feature has: {name}", {
      name: wordOf(name) ?? "(not a word)",
    })
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
    stored: (userId) => scorer.stored(userId),
    erase: async (userId) => {
      try {
        await scorer.erase(userId);
      } finally { // one that failed may have been done
        events?.forget(userId);
      }
    },
    deadLetters: new DeadLetterService({ natsUrl: config.natsUrl, events: () => events }),
    health: () => ({ ok: true, nats: state.nats() }),
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
    requestIds: spans?.spanIds ?? requestIds,
    answered: (request) => {
      metrics.http.answered(request);
      spans?.nameSpan(request.method, request.route);
      logRequest(request);
    },
  });

  const server = listen({ hostname: config.host, port: config.port, logger }, app.fetch);
  // After the port is known to be free: HTTP needs no events.
  events = await startEvents(config, store, metrics.events);

  const signal = await Promise.race([nextSignal(), server.failed]);
  draining = true;
  logger.info("Shutting down after {signal}", { signal });
  if (await drain({ server, events }, config)) return 0;
  // No wait for the store, which may be what did not answer: what was answered is on the disk.
  opened.move();
  return NOT_IN_TIME;
}
