import assert from "node:assert/strict";
import fc from "fast-check";
import { z } from "zod";
import { PROFILE_FEATURES, ScoreRequest } from "../../src/contract/mod.ts";
import { rawProfile } from "../../src/bandit/decide.ts";
import { encode } from "../../src/bandit/features.ts";
import { labelsOf, POLICIES } from "../../src/bandit/policies.ts";
import { policyOf, test } from "../support/scorer.ts";
import golden from "../fixtures/golden/features.json" with { type: "json" };

const Case = z.object({
  hour_of_day: z.int(),
  day_of_week: z.int(),
  features: z.record(z.string(), z.unknown()),
  profile_features: z.record(z.string(), z.unknown()).nullable(),
  d5: z.array(z.number()),
  d7: z.array(z.number()),
  d12: z.array(z.number()),
});

test("x of every policy agrees with the golden vectors to 1e-12", () => {
  assert.ok(golden.cases.length > 250);
  for (const each of golden.cases) {
    const given = Case.parse(each);
    const request = ScoreRequest.parse({
      user_id: "u",
      candidates: [{ id: "a", content: "", source: "", features: given.features }],
      context: { hour_of_day: given.hour_of_day, day_of_week: given.day_of_week },
      profile_features: given.profile_features,
    });
    const inputs = {
      hour: given.hour_of_day,
      day: given.day_of_week,
      profile: rawProfile(request.profile_features),
    };
    const expected = { "linucb-v1": given.d5, "egreedy-v1": given.d7, "egreedy-v2": given.d12 };
    for (const [name, vector] of Object.entries(expected)) {
      const policy = policyOf(name);
      const x = new Float64Array(vector.length);
      encode(policy.features, inputs, [request.candidates[0]!.features], x);
      vector.forEach((value, i) => {
        assert.ok(
          Math.abs(x[i]! - value) <= golden.tolerance,
          `${name} ${labelsOf(policy)[i]}: ${x[i]} is not ${value} of ${JSON.stringify(given)}`,
        );
      });
    }
  }
});

test("labels are the golden ones, and their number is the dimension", () => {
  assert.deepEqual(labelsOf(policyOf("egreedy-v2")), golden.labels);
  assert.deepEqual(POLICIES.map((policy) => labelsOf(policy).length), [5, 7, 12]);
});

test("names, codes and paths of the policies are their own", () => {
  for (const key of ["name", "code", "path"] as const) {
    assert.equal(new Set(POLICIES.map((policy) => policy[key])).size, POLICIES.length);
  }
});

test("whatever finite profile comes, its entries of x lie in [0, 1]", () => {
  const value = fc.oneof(fc.constant(null), fc.double({ noNaN: true, noDefaultInfinity: true }));
  const profile = fc.array(value, { minLength: 5, maxLength: 5 });
  fc.assert(fc.property(profile, fc.integer({ min: 0, max: 23 }), (raw, hour) => {
    const x = new Float64Array(12);
    const task = { is_overdue: false, task_age_days: 0, priority: 1 };
    encode(policyOf("egreedy-v2").features, { hour, day: 0, profile: raw }, [task], x);
    for (const entry of x.subarray(7)) assert.ok(entry >= 0 && entry <= 1, `${entry}`);
  }));
});

test("a batch's rows are what each candidate alone would be", () => {
  const task = fc.record({
    is_overdue: fc.boolean(),
    task_age_days: fc.double({ noNaN: true, noDefaultInfinity: true }),
    priority: fc.integer({ min: 1, max: 4 }),
  });
  fc.assert(fc.property(fc.array(task, { minLength: 1, maxLength: 20 }), (tasks) => {
    const inputs = { hour: 7, day: 3, profile: [0.1, 0.2, 3, 40, -0.5] };
    for (const policy of POLICIES) {
      const d = labelsOf(policy).length;
      const all = new Float64Array(tasks.length * d);
      encode(policy.features, inputs, tasks, all);
      tasks.forEach((one, i) => {
        const x = new Float64Array(d);
        encode(policy.features, inputs, [one], x);
        assert.deepEqual(all.slice(i * d, (i + 1) * d), x);
      });
    }
  }));
});

test("a missing profile value is worth its default", () => {
  const task = { is_overdue: false, task_age_days: 0, priority: 1 };
  const vector = (profile: (number | null)[] | null) => {
    const x = new Float64Array(12);
    encode(policyOf("egreedy-v2").features, { hour: 5, day: 0, profile }, [task], x);
    return [...x.subarray(7)];
  };
  assert.deepEqual(vector(null), [0.5, 0, 0.5, 0, 0.5]);
  assert.deepEqual(vector(PROFILE_FEATURES.map(() => null)), [0.5, 0, 0.5, 0, 0.5]);
});
