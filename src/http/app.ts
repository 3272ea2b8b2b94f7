import { Hono } from "hono";
import { POLICIES, type Policy } from "../bandit/policies.ts";
import {
  deadLetter,
  deadLetters,
  purgeDeadLetter,
  replayDeadLetter,
} from "./routes/admin_dead_letters.ts";
import { eraseUser, exportedUser } from "./routes/admin_users.ts";
import { docsAsset, docsPage, docsStart } from "./routes/docs.ts";
import { MethodNotAllowedError, NotFoundError } from "./errors.ts";
import { features } from "./routes/features.ts";
import { generate } from "./routes/generate.ts";
import { health, ready } from "./routes/health.ts";
import { openApiDocument } from "./openapi.ts";
import { rawPath } from "./path.ts";
import { metrics } from "./routes/metrics.ts";
import { profileSchema } from "./routes/profile.ts";
import { prompts, promptStats } from "./routes/prompts.ts";
import { type AppEnv, pipeline } from "./pipeline.ts";
import { reset } from "./routes/reset.ts";
import { reward, rewardV2 } from "./routes/reward.ts";
import { score } from "./routes/score.ts";
import type { Services } from "./services.ts";
import { greedyStats, stats } from "./routes/stats.ts";
import { sync } from "./routes/sync.ts";

const LINUCB = policyAt("");
const EGREEDY = policyAt("/egreedy");
const EGREEDY_V2 = policyAt("/egreedy/v2");

function policyAt(path: string): Policy {
  const policy = POLICIES.find((each) => each.path === path);
  if (!policy) throw new Error(`No policy has the path ${JSON.stringify(path)}`);
  return policy;
}

/** The routes. A policy has a line of each kind; a test holds them and POLICIES together. */
function routes(services: Services) {
  return new Hono<AppEnv>({ getPath: rawPath })
    .post("/score", score(services, LINUCB))
    .post("/score/egreedy", score(services, EGREEDY))
    .post("/score/egreedy/v2", score(services, EGREEDY_V2))
    .post("/reward", reward(services, LINUCB))
    .post("/reward/egreedy", reward(services, EGREEDY))
    .post("/reward/egreedy/v2", rewardV2(services, EGREEDY_V2))
    .get("/stats/:user_id", stats(services, LINUCB))
    .get("/stats/egreedy/:user_id", greedyStats(services, EGREEDY))
    .get("/stats/egreedy/v2/:user_id", greedyStats(services, EGREEDY_V2))
    .get("/features/:user_id", features(services))
    .get("/sync/:user_id", sync(services))
    .post("/generate", generate(services))
    .get("/prompts", prompts(services))
    .get("/prompts/stats", promptStats(services))
    .post("/reset/:user_id", reset(services))
    .get("/admin/users/:user_id", exportedUser(services))
    .delete("/admin/users/:user_id", eraseUser(services))
    .get("/admin/dead-letters", deadLetters(services))
    .get("/admin/dead-letters/:name", deadLetter(services))
    .delete("/admin/dead-letters/:name", purgeDeadLetter(services))
    .post("/admin/dead-letters/:name/replay", replayDeadLetter(services))
    .get("/health", health(services))
    .get("/ready", ready(services))
    .get("/metrics", metrics(services))
    .get("/profile/schema", profileSchema());
}

/**
 * The service over HTTP: serve its `fetch`, or call its `request` in a test. Each route has one
 * handler, which keeps it on Hono's shortest path.
 */
export function createApp(services: Services) {
  const api = routes(services);
  let document: ReturnType<typeof openApiDocument> | undefined;
  const app = api
    .get("/openapi.json", (c) => {
      document ??= openApiDocument(api.routes);
      return c.json(document, 200, { "Cache-Control": "no-cache" });
    })
    .get("/docs", docsPage)
    .get("/docs/start.js", docsStart)
    .get("/docs/swagger-ui.css", docsAsset("swagger-ui.css"))
    .get("/docs/swagger-ui-bundle.js", docsAsset("swagger-ui-bundle.js"));

  app.onError((error) => {
    throw error; // to the pipeline, which answers it
  });
  app.notFound((c) => {
    const has = (method: string) => app.router.match(method, c.req.path)[0].length > 0;
    const allowed = ["GET", "POST", "DELETE"].filter(has).flatMap((m) =>
      m === "GET" ? [m, "HEAD"] : m
    );
    throw allowed.length > 0 ? new MethodNotAllowedError(allowed) : new NotFoundError();
  });
  app.fetch = pipeline(app, services);
  return app;
}

/**
 * The app's type, for Hono's client: `hc<App>("http://localhost:8000")`. That client puts a
 * `user_id` into the path as it is: give it `encodeURIComponent(id)`.
 */
export type App = ReturnType<typeof createApp>;
