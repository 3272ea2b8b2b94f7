/**
 * The service is killed with -9 while several clients write, 25 times. Whatever was answered is
 * there afterwards, whatever was not answered can be sent again with its identity, and the
 * totals are then exact.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Reference } from "../support/reference.ts";
import { client, type Features } from "../support/http.ts";
import { planted } from "../support/planted.ts";
import { test } from "../support/scorer.ts";
import { Service } from "../support/service.ts";

const KILLS = 25;
const CLIENTS = 6;
const DAY = 3;

interface Reward {
  readonly body: { readonly user_id: string; readonly reward: number };
  readonly key: string | undefined;
  readonly features: Features;
}

/** What one client knows of its user; two clients share a user. */
class Ledger {
  readonly reference = new Reference("egreedy-v1");
  readonly answered: Reward[] = [];
  readonly unanswered: Reward[] = [];
  readonly decisions: string[] = [];
  scored = 0;
  unansweredScores = 0;
  constructor(readonly user: string) {}
}

const candidate = (n: number): Features => ({
  hour_of_day: 12,
  is_overdue: n % 2 === 0,
  task_age_days: n % 40,
  priority: 1 + n % 4,
});

/** Scores and rewards until the service goes away under it. */
async function run(url: string, ledger: Ledger, next: () => number): Promise<void> {
  const api = client(url);
  while (true) {
    const n = next();
    const features = [candidate(n), candidate(n + 1), candidate(n + 2)];
    const body = {
      user_id: ledger.user,
      context: { hour_of_day: n % 24, day_of_week: DAY },
      candidates: features.map((each, i) => ({
        id: `${i}`,
        content: planted("content"),
        source: "s",
        features: each,
      })),
    };
    let reward: Reward;
    if (n % 3 === 0) {
      const given = { ...candidate(n), hour_of_day: n % 24 };
      reward = {
        body: Object.assign(
          { user_id: ledger.user, tip_id: "t", reward: n % 2 ? 0.5 : -1 },
          { features: given, day_of_week: DAY },
        ),
        key: `key-${n}`,
        features: given,
      };
    } else {
      let answer;
      try {
        answer = await api.score(body);
      } catch {
        ledger.unansweredScores++;
        return;
      }
      ledger.scored++;
      ledger.decisions.push(answer.decision_id);
      reward = {
        body: Object.assign(
          { user_id: ledger.user, reward: n % 2 ? 1 : -0.5 },
          { decision_id: answer.decision_id },
        ),
        key: undefined,
        features: { ...features[Number(answer.tip_id)]!, hour_of_day: n % 24 },
      };
    }
    try {
      assert.equal((await api.reward(reward.body, reward.key)).duplicate, false);
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      ledger.unanswered.push(reward);
      return;
    }
    ledger.answered.push(reward);
    ledger.reference.reward(reward.features, DAY, reward.body.reward);
  }
}

/** Holds what the service knows against the ledger, and sends again what was not answered. */
async function settle(url: string, ledger: Ledger): Promise<void> {
  const api = client(url);
  const { pulls } = await api.stats(ledger.user);
  assert.ok(
    pulls >= ledger.scored && pulls <= ledger.scored + ledger.unansweredScores,
    `${pulls} decisions, of ${ledger.scored} answered and ${ledger.unansweredScores} not`,
  );
  ledger.scored = pulls; // those that were not answered but made count from here on
  ledger.unansweredScores = 0;

  const kept = (await api.history(ledger.user)).map((entry) => entry.decision_id);
  for (const id of ledger.decisions.slice(-50)) assert.ok(kept.includes(id), `${id} is missing`);
  assert.equal(new Set(kept).size, kept.length);

  for (const reward of ledger.unanswered.splice(0)) {
    await api.reward(reward.body, reward.key);
    assert.equal((await api.reward(reward.body, reward.key)).duplicate, true);
    ledger.reference.reward(reward.features, DAY, reward.body.reward);
    ledger.answered.push(reward);
  }
  for (const reward of ledger.answered.slice(-5)) {
    assert.equal((await api.reward(reward.body, reward.key)).duplicate, true);
  }

  const stats = await api.stats(ledger.user);
  assert.equal(stats.reward_count, ledger.reference.count);
  assert.equal(stats.cumulative_reward, ledger.reference.total);
  ledger.reference.theta().forEach((value, i) => {
    assert.ok(Math.abs(value - stats.theta[i]!) < 1e-9, `theta ${i}`);
  });
}

test(`kill -9 under load, ${KILLS} times: nothing answered is lost, nothing counts twice`, async () => {
  const stateDir = await Deno.makeTempDir({ prefix: "scorer-" });
  const env = { STATE_DIR: stateDir };
  const ledgers = Array.from({ length: CLIENTS / 2 }, (_, i) => new Ledger(`user-${i}`));
  let n = 0;
  const next = () => n++;
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      const service = await Service.start(env);
      for (const ledger of ledgers) await settle(service.url, ledger);
      const running = Array.from(
        { length: CLIENTS },
        (_, i) => run(service.url, ledgers[i % ledgers.length]!, next),
      );
      await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 250));
      await service.stop("SIGKILL");
      await Promise.all(running);
    }
    await using service = await Service.start(env);
    for (const ledger of ledgers) await settle(service.url, ledger);
    assert.ok(ledgers.every(({ answered }) => answered.length > KILLS));
  } finally {
    await Deno.remove(stateDir, { recursive: true });
  }
});
