import { requestIds } from "../observability/trace.ts";
import { createApp } from "./app.ts";

function unused(): never {
  throw new Error("Only the routes are read");
}

/** The text of openapi.json: the document that GET /openapi.json answers. */
export async function openApiText(): Promise<string> {
  const app = createApp({
    scorer: {
      score: unused,
      reward: unused,
      stats: unused,
      features: unused,
      reset: unused,
      promptStats: unused,
    },
    tips: { generate: unused, prompts: unused },
    getSync: unused,
    erase: unused,
    stored: unused,
    deadLetters: { page: unused, whole: unused, replay: unused, purge: unused },
    health: unused,
    ready: unused,
    logger: { info: unused, warn: unused, error: unused },
    onUnknownProfileName: unused,
    requestTimeoutMs: 0,
    admit: () => {},
    arrived: () => {},
    answered: () => {},
    metrics: unused,
    requestIds,
    runInRequest: (_ids, run) => run(),
  });
  const document = await (await app.request("/openapi.json")).json();
  return JSON.stringify(document, null, 2) + "\n";
}
