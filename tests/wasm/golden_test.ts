import assert from "node:assert/strict";
import { batch, Estimator, invert, MAX_DIMENSION, pack, unpack } from "../../wasm/mod.ts";
import spd from "../fixtures/golden/spd.json" with { type: "json" };
import known from "../fixtures/golden/known_answers.json" with { type: "json" };

const sanitized = { sanitizeOps: true, sanitizeResources: true, sanitizeExit: true };

function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

function assertClose(found: readonly number[], expected: readonly number[], tolerance: number) {
  assert.equal(found.length, expected.length);
  const gap = largest(found.map((value, i) => value - (expected[i] ?? NaN)));
  assert.ok(gap <= tolerance, `off by ${gap}, more than ${tolerance}`);
}

/** d x d rows from an estimator's A⁻¹. */
function inverseOf(estimator: Estimator): number[] {
  return unpack(estimator.inverse(), estimator.d).flat();
}

for (const { name, d, A, inverse, tolerance } of spd.matrices) {
  Deno.test({
    name: `invert gives the 50-digit inverse: ${name}`,
    ...sanitized,
    fn() {
      const expected = inverse.flat();
      const found = unpack(invert(pack(A), d), d).flat();
      assertClose(found, expected, tolerance * largest(expected));
    },
  });
}

for (const { name, d, A, b, theta, tolerance } of spd.theta) {
  Deno.test({
    name: `rebuild gives the 50-digit theta: ${name}`,
    ...sanitized,
    fn() {
      using estimator = new Estimator(d);
      estimator.rebuild(pack(A), Float64Array.from(b));
      assertClose([...estimator.theta()], theta, tolerance * largest(theta));
    },
  });
}

for (const { name, d, A_inv, x, new_A_inv, tolerance } of spd.sherman_morrison) {
  Deno.test({
    name: `rankOneUpdate gives the 50-digit update: ${name}`,
    ...sanitized,
    fn() {
      using estimator = Estimator.fromInverse(pack(A_inv), d);
      estimator.rankOneUpdate(Float64Array.from(x));
      assertClose(inverseOf(estimator), new_A_inv.flat(), tolerance);
    },
  });
}

for (const { name, d, x, final_A_inv, tolerance } of spd.sherman_morrison_chains) {
  Deno.test({
    name: `a chain of updates ends at the 50-digit inverse: ${name}`,
    ...sanitized,
    fn() {
      using estimator = new Estimator(d);
      for (const each of x) estimator.rankOneUpdate(Float64Array.from(each));
      assertClose(inverseOf(estimator), final_A_inv.flat(), tolerance);
    },
  });
}

Deno.test({
  name: "scores are those that mabwiser's own tests publish for LinUCB",
  ...sanitized,
  fn() {
    const { x: contexts, queries, cases, tolerance } = known.A;
    for (const { alpha, arms, rewards, expected } of cases) {
      const found = queries.map((): number[] => []);
      const count = expected[0]?.length ?? 0;
      for (let arm = 1; arm <= count; arm++) {
        using estimator = new Estimator(5);
        const b = new Float64Array(5);
        contexts.forEach((x, play) => {
          if (arms[play] !== arm) return;
          x.forEach((value, i) => b[i]! += (rewards[play] ?? NaN) * value);
          estimator.update(Float64Array.from(x), b);
        });
        batch(queries.length, 5).set(queries.flat());
        estimator.rankUcb(queries.length, alpha);
        queries.forEach((_, q) => found[q]?.push(estimator.score(q)));
      }
      found.forEach((scores, q) => assertClose(scores, expected[q] ?? [], tolerance));
    }
  },
});

Deno.test({
  name: "an update is the one that zr-obp's own tests publish",
  ...sanitized,
  fn() {
    const { A_inv, b, x, reward, new_A_inv, new_b, tolerance } = known.B;
    const newB = Float64Array.from(b, (value, i) => value + reward * (x[i] ?? NaN));
    assert.deepEqual([...newB], new_b);
    using estimator = Estimator.fromInverse(pack(A_inv), 2);
    estimator.update(Float64Array.from(x), newB);
    assertClose(inverseOf(estimator), new_A_inv.flat(), tolerance);
    assertClose([...estimator.theta()], [2 / 3, 1], tolerance);
  },
});

Deno.test({
  name: "the golden cases reach the kernel's largest dimension",
  ...sanitized,
  fn() {
    const dimensions = new Set(spd.matrices.map(({ d }) => d));
    assert.deepEqual([...dimensions], [2, 5, 7, MAX_DIMENSION]);
  },
});
