import assert from "node:assert/strict";
import fc from "fast-check";
import { pickPromptVersion } from "../../src/contract/mod.ts";
import { test } from "../support/scorer.ts";

const RANDOM = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test("an empty setting leaves the version to the service", () => {
  for (const spec of [undefined, "", " ", ",", " , ,"]) {
    fc.assert(fc.property(RANDOM, (random) => {
      assert.equal(pickPromptVersion(spec, () => random), undefined);
    }));
  }
});

test("one version is taken, whatever the draw", () => {
  for (const spec of ["v1", " v1 ", "v1,", ",v1, "]) {
    fc.assert(fc.property(RANDOM, (random) => {
      assert.equal(pickPromptVersion(spec, () => random), "v1");
    }));
  }
});

test("of a list each is as likely: the draw's equal parts are one version each", () => {
  const versions = ["v1", "v2-mentor", "v3-few-shot"];
  const counts = new Map<string | undefined, number>();
  const draws = 3000;
  for (let i = 0; i < draws; i++) {
    const picked = pickPromptVersion("v1, v2-mentor ,,v3-few-shot", () => i / draws);
    counts.set(picked, (counts.get(picked) ?? 0) + 1);
  }
  assert.deepEqual([...counts], versions.map((version) => [version, draws / versions.length]));
});

test("a version named twice is twice as likely", () => {
  const picks = [0, 0.4, 0.7].map((random) => pickPromptVersion("a,a,b", () => random));
  assert.deepEqual(picks, ["a", "a", "b"]);
});

test("the largest draw is still one of the list", () => {
  assert.equal(pickPromptVersion("a,b,c", () => 1 - Number.EPSILON / 2), "c");
});
