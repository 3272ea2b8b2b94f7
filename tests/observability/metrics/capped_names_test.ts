import assert from "node:assert/strict";
import { CappedNames, OTHER } from "../../../src/observability/metrics/capped_names.ts";
import { Metrics } from "../../../src/observability/metrics/mod.ts";
import { Exposition } from "../../support/exposition.ts";
import { test } from "../../support/scorer.ts";

test("the first 50 names are labels, every other one is counted as one", () => {
  const names = new CappedNames();
  const first = Array.from({ length: 50 }, (_, i) => `source-${i}`);
  for (const _round of [1, 2]) assert.deepEqual(first.map((name) => names.labelOf(name)), first);
  assert.deepEqual(["more", "source-50"].map((name) => names.labelOf(name)), [OTHER, OTHER]);
  assert.equal(names.labelOf("source-49"), "source-49");
});

test("names of callers can neither break the format nor make a series twice", async () => {
  const metrics = new Metrics();
  const decided = (source: string) =>
    metrics.bandit.decided({ policy: "linucb-v1", source, exploring: false });
  const hostile = ['a"} 1\nup 1', "back\\slash", "\ud800", "\ufffd", "", "é,policy:x"];
  for (const source of [...hostile, ...hostile]) decided(source);
  const found = new Exposition(await metrics.text()).samples
    .filter(({ name }) => name === "tip_scorer_decisions_total")
    .map(({ labels, value }) => [labels["source"], value]);
  assert.deepEqual(found, [
    ['a"} 1\nup 1', 2],
    ["back\\slash", 2],
    ["\ufffd", 4],
    ["", 2],
    ["é,policy:x", 2],
  ]);
});
