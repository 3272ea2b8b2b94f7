import assert from "node:assert/strict";
import { countEvent, type PromptCounts } from "../../src/bandit/prompt_counts.ts";
import { promptStatsOf, rateOf } from "../../src/bandit/prompt_stats.ts";
import { PromptStats } from "../../src/contract/mod.ts";
import { test } from "../support/scorer.ts";

test("a rate has the Wilson interval of its counts", () => {
  // By hand: z = 1.959964; (p + z2/2n ± z sqrt(p(1-p)/n + z2/4n2)) / (1 + z2/n).
  const known: [number, number, number, number][] = [
    [1, 10, 0.0179, 0.4042],
    [5, 10, 0.2366, 0.7634],
    [3, 7, 0.1582, 0.7495],
    [50, 100, 0.4038, 0.5962],
    [0, 10, 0, 0.2775],
    [10, 10, 0.7225, 1],
    [0, 1, 0, 0.7935],
    [1, 1, 0.2065, 1],
  ];
  for (const [count, shown, low, high] of known) {
    const rate = rateOf(count, shown);
    assert.deepEqual([rate.count, rate.rate], [count, count / shown]);
    assert.ok(Math.abs(rate.low! - low) < 5e-5, `${count} of ${shown}: ${rate.low}`);
    assert.ok(Math.abs(rate.high! - high) < 5e-5, `${count} of ${shown}: ${rate.high}`);
  }
});

test("without anything shown there is no rate, and none is above 1", () => {
  assert.deepEqual(rateOf(0, 0), { count: 0, rate: null, low: null, high: null });
  assert.deepEqual(rateOf(2, 0), { count: 2, rate: null, low: null, high: null });
  const { count, rate, low, high } = rateOf(5, 3);
  assert.deepEqual([count, rate, high], [5, 1, 1]);
  assert.ok(low! > 0 && low! < 1);
});

test("the bounds lie around the rate and within [0, 1], however much was shown", () => {
  for (let shown = 1; shown <= 60; shown++) {
    for (let count = 0; count <= shown; count++) {
      const { rate, low, high } = rateOf(count, shown);
      assert.ok(0 <= low! && low! <= rate! && rate! <= high! && high! <= 1, `${count}/${shown}`);
    }
  }
});

test("the stats are the contract's, sorted by version", () => {
  const counts = new Map<string, PromptCounts>();
  for (const version of ["v2", "v10", "V3"]) {
    countEvent(counts, { shown: version, model: "m" });
    countEvent(counts, { shown: version, model: null });
  }
  countEvent(counts, { reacted: "v2", reward: 0.5 });
  countEvent(counts, { reacted: "v2", reward: -0.3 });
  const stats = promptStatsOf(counts);
  for (const each of stats) assert.deepEqual(PromptStats.parse(each), each);
  assert.deepEqual(stats.map(({ version }) => version), ["V3", "v10", "v2"]);
  const { shown, rewarded, mean_reward, reactions, models } = stats[2]!;
  assert.deepEqual([shown, rewarded, mean_reward, models], [2, 2, 0.1, { m: 1 }]);
  assert.deepEqual([reactions.helpful.count, reactions.other.count], [1, 1]);
  assert.deepEqual([reactions.helpful.rate, reactions.done.rate], [0.5, 0]);
  assert.equal(stats[0]!.mean_reward, null);
});
