import assert from "node:assert/strict";
import { random, randomBytes } from "../../src/bandit/random.ts";
import { test } from "../support/scorer.ts";

test("the same seed draws the same numbers, all in [0, 1); without one they differ", () => {
  const draw = (seed: number | undefined) => {
    const next = random(seed);
    return Array.from({ length: 1000 }, next);
  };
  assert.deepEqual(draw(7), draw(7));
  assert.notDeepEqual(draw(7), draw(8));
  assert.notDeepEqual(draw(undefined), draw(undefined));
  assert.ok(draw(7).every((value) => value >= 0 && value < 1));
  const mean = draw(7).reduce((sum, value) => sum + value, 0) / 1000;
  assert.ok(Math.abs(mean - 0.5) < 0.05, `${mean}`);
});

test("no bytes are given out twice, across the ends of the pool and above its size", () => {
  const next = randomBytes();
  const seen = new Set<string>();
  for (let i = 0; i < 5000; i++) {
    const bytes = next(8);
    assert.equal(bytes.length, 8);
    seen.add(bytes.toHex());
  }
  assert.equal(seen.size, 5000);
  assert.equal(next(10_000).length, 10_000);
});
