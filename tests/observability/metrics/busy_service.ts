import { ScoreResponse } from "../../../src/contract/mod.ts";
import { completion, status, Stub } from "../../llm/stub.ts";
import { inDirectory } from "../../support/directory.ts";
import { post, postOk } from "../../support/http.ts";
import { Service } from "../../support/service.ts";

const TIPS = JSON.stringify([{ content: "Call now." }, { content: "Stretch." }]);
const candidates = [{ id: "t", content: "c", source: "task" }];

/** Runs on a service, a process, that did one of everything but events. It draws every pick. */
export async function withBusyService(run: (service: Service) => Promise<void>): Promise<void> {
  await inDirectory(async (directory) => {
    await using stub = new Stub(completion(TIPS), status(401));
    await using service = await Service.start({
      STATE_DIR: directory,
      EPSILON: "1",
      CACHE_USERS: "77",
      MAX_WAITING: "555",
      LITELLM_URL: stub.url,
    });
    const { url } = service;
    const score = (path: string, more = {}) =>
      postOk(ScoreResponse, `${url}${path}`, { user_id: "ada", candidates, ...more });
    const { decision_id } = await score("/score");
    await score("/score/egreedy");
    await score("/score/egreedy/v2", { profile_features: { mood: 1, nerve: 2 } });

    const ofDecision = { user_id: "ada", tip_id: "t", decision_id, reward: 1 };
    await post(`${url}/reward`, ofDecision);
    await post(`${url}/reward`, ofDecision); // a duplicate
    const ofFeatures = { tip_id: "t", features: {} };
    await post(`${url}/reward/egreedy`, { ...ofFeatures, user_id: "ada", reward: -0.5 });
    await post(`${url}/reward/egreedy`, { ...ofFeatures, user_id: "bob", reward: 0.25 });
    await post(`${url}/reset/ada`, {});
    await post(`${url}/reset/nobody`, {});

    const generate = { user_id: "ada", n: 2, prompt_version: "v2-mentor" };
    await post(`${url}/generate?score=true`, generate);
    await post(`${url}/generate`, generate); // refused by the gateway

    await post(`${url}/score`, { user_id: "ada", candidates: [] });
    for (const [method, path] of [["GET", "/stats/ada"], ["GET", "/no/ada"], ["BREW", "/tea"]]) {
      await (await fetch(`${url}${path}`, { method: method! })).body?.cancel();
    }
    await run(service);
  });
}
