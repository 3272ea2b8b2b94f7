/**
 * The service is restarted by SIGTERM while clients write, 25 times. A client that comes again
 * where its connection is refused sees no error, and every answer is kept.
 *
 * @module
 */
import assert from "node:assert/strict";
import { inDirectory } from "../support/directory.ts";
import { client, type Features } from "../support/http.ts";
import { Reference } from "../support/reference.ts";
import { test } from "../support/scorer.ts";
import { Service } from "../support/service.ts";

const RESTARTS = 25;
const CLIENTS = 8;
/** What each client does at least between two restarts. */
const CALLS = 20;
const DAY = 3;
const FEATURES: Features = { hour_of_day: 9, is_overdue: true, task_age_days: 3, priority: 2 };

function freePort(): string {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return `${(listener.addr as Deno.NetAddr).port}`;
}

/** Repeats a call for as long as nobody listens; every other error is the caller's to see. */
async function patiently<T>(call: () => Promise<T>, count: () => void): Promise<T> {
  while (true) {
    try {
      return await call();
    } catch (error) {
      const cause = error instanceof TypeError ? String(error.cause) : "";
      if (!cause.includes("Connection refused")) throw error;
      count();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

/** One user's client, and what the service must know of the user. */
class Caller {
  readonly reference = new Reference("egreedy-v1");
  scored = 0;
  refused = 0;
  readonly #api;

  constructor(url: string, readonly user: string) {
    this.#api = client(url);
  }

  /** Scores and rewards until it is told to stop. */
  async run(stopped: AbortSignal): Promise<void> {
    const refused = () => this.refused++;
    while (!stopped.aborted) {
      const { decision_id } = await patiently(() =>
        this.#api.score({
          user_id: this.user,
          context: { hour_of_day: FEATURES.hour_of_day, day_of_week: DAY },
          candidates: [{ id: "t", content: "c", source: "s", features: FEATURES }],
        }), refused);
      this.scored++;
      const reward = this.scored % 2 ? 1 : -0.5;
      const body = { user_id: this.user, decision_id, reward };
      assert.equal((await patiently(() => this.#api.reward(body), refused)).duplicate, false);
      this.reference.reward(FEATURES, DAY, reward);
    }
  }

  /** Holds what the service knows against what it has answered. */
  async check(): Promise<void> {
    const stats = await this.#api.stats(this.user);
    assert.equal(stats.pulls, this.scored);
    assert.equal(stats.reward_count, this.reference.count);
    assert.equal(stats.cumulative_reward, this.reference.total);
    this.reference.theta().forEach((value, i) =>
      assert.ok(Math.abs(value - stats.theta[i]!) < 1e-9, `theta ${i}`)
    );
  }
}

test(`${RESTARTS} restarts under load: no error, nothing lost, nothing counted twice`, async () => {
  await inDirectory(async (stateDir) => {
    const env = { STATE_DIR: stateDir, PORT: freePort() };
    const url = `http://127.0.0.1:${env.PORT}`;
    const callers = Array.from({ length: CLIENTS }, (_, i) => new Caller(url, `user-${i}`));
    const stop = new AbortController();
    let service = await Service.start(env);
    const running = Promise.all(callers.map((each) => each.run(stop.signal)));
    // Whatever goes wrong is thrown where it is awaited.
    running.catch(() => {});
    try {
      for (let restart = 0; restart < RESTARTS; restart++) {
        const before = callers.map(({ scored }) => scored);
        while (callers.some(({ scored }, i) => scored < before[i]! + CALLS)) {
          await Promise.race([running, new Promise((resolve) => setTimeout(resolve, 5))]);
        }
        const { code } = await service.stop("SIGTERM");
        assert.equal(code, 0);
        service = await Service.start(env);
      }
      stop.abort();
      await running;
      assert.ok(callers.every(({ refused }) => refused > 0), "the clients never met a restart");
      for (const caller of callers) await caller.check();
    } finally {
      stop.abort();
      await service[Symbol.asyncDispose]();
      await Promise.allSettled([running]);
    }
  });
});
