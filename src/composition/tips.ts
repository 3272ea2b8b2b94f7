import { getLogger } from "@logtape/logtape";
import { POLICIES } from "../bandit/policies.ts";
import { randomBytes } from "../bandit/random.ts";
import type { Scorer } from "../bandit/scorer.ts";
import type { Config } from "../config.ts";
import { Gateway, type LlmObserver, TipGenerator, Tips } from "../llm/mod.ts";
import type { Store } from "../store/mod.ts";

/** All attempts of one request together may take this many times as long as one. */
const ATTEMPTS_IN_ALL = 3;

/** The tips of an LLM; `fetchTraces`: whether fetch() sends the traceparent by itself. */
export function createTips(
  config: Config,
  store: Store,
  scorer: Scorer,
  observer: LlmObserver,
  fetchTraces: boolean,
): Tips {
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
