import assert from "node:assert/strict";
import { openDenoKvStore } from "../../src/store/mod.ts";
import { client } from "../support/http.ts";
import { Reference } from "../support/reference.ts";
import { test } from "../support/scorer.ts";
import { Service } from "../support/service.ts";

const REWARDS = 2000;
const CONNECTIONS = 16;

test(`${REWARDS} concurrent rewards for one user: all counted, as if one by one`, async () => {
  const stateDir = await Deno.makeTempDir({ prefix: "scorer-" });
  const reference = new Reference("egreedy-v1");
  try {
    {
      await using service = await Service.start({ STATE_DIR: stateDir });
      const api = client(service.url);
      let next = 0;
      const connection = async () => {
        while (next < REWARDS) {
          const n = next++;
          const features = {
            hour_of_day: n % 24,
            is_overdue: n % 2 === 0,
            task_age_days: n % 31,
            priority: 1 + n % 4,
          };
          const reward = [1, 0.5, 0, -0.5, -1][n % 5]!;
          reference.reward(features, n % 7, reward);
          const answer = await api.reward({
            user_id: "ada",
            tip_id: "t",
            reward,
            features,
            day_of_week: n % 7,
          });
          assert.deepEqual(answer, { ok: true, duplicate: false });
        }
      };
      await Promise.all(Array.from({ length: CONNECTIONS }, connection));
      const stats = await api.stats("ada");
      assert.equal(stats.reward_count, REWARDS);
      assert.equal(stats.cumulative_reward, reference.total);
      reference.theta().forEach((value, i) => {
        assert.ok(Math.abs(value - stats.theta[i]!) < 1e-9, `theta ${i}`);
      });
      assert.equal((await service.stop()).code, 0);
    }
    await using store = await openDenoKvStore({ directory: stateDir, decisionLogSize: 256 });
    const { A, b, rewardCount } = (await store.load("ada")).user!.models["egreedy-v1"]!;
    assert.equal(rewardCount, REWARDS);
    reference.A.forEach((value, i) => assert.ok(Math.abs(value - A[i]!) < 1e-9, `A ${i}`));
    reference.b.forEach((value, i) => assert.ok(Math.abs(value - b[i]!) < 1e-9, `b ${i}`));
  } finally {
    await Deno.remove(stateDir, { recursive: true });
  }
});
