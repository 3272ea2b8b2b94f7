import assert from "node:assert/strict";
import fc from "fast-check";
import {
  batch,
  Estimator,
  invert,
  MAX_BATCH,
  MAX_DIMENSION,
  pack,
  slotsInUse,
  unpack,
} from "../../wasm/mod.ts";

const sanitized = { sanitizeOps: true, sanitizeResources: true, sanitizeExit: true };

function test(name: string, fn: () => void): void {
  Deno.test({ name, ...sanitized, fn });
}

const entry = fc.double({ min: -1, max: 1, noNaN: true });

function vectors(d: number, minLength: number, maxLength: number): fc.Arbitrary<number[][]> {
  return fc.array(fc.array(entry, { minLength: d, maxLength: d }), { minLength, maxLength });
}

/** A dimension and vectors of it. */
function sequences(minLength: number, maxLength: number) {
  const dimension = fc.integer({ min: 1, max: MAX_DIMENSION });
  return dimension.chain((d) => fc.tuple(fc.constant(d), vectors(d, minLength, maxLength)));
}

/** I + sum x xᵀ. */
function accumulate(d: number, xs: readonly number[][]): number[][] {
  return Array.from(
    { length: d },
    (_, i) =>
      Array.from(
        { length: d },
        (_, j) => xs.reduce((sum, x) => sum + x[i]! * x[j]!, i === j ? 1 : 0),
      ),
  );
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

function assertClose(found: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number) {
  assert.equal(found.length, expected.length);
  for (let i = 0; i < found.length; i++) {
    assert.ok(Math.abs(found[i]! - expected[i]!) <= tolerance, `${found[i]} for ${expected[i]}`);
  }
}

test("updates of any sequence agree with inverting what it adds up to", () => {
  fc.assert(fc.property(sequences(0, 80), ([d, xs]) => {
    using estimator = new Estimator(d);
    for (const x of xs) estimator.rankOneUpdate(Float64Array.from(x));
    assertClose(estimator.inverse(), invert(pack(accumulate(d, xs)), d), 1e-12);
  }));
});

test("update and rebuild reach the same theta", () => {
  fc.assert(fc.property(sequences(1, 40), ([d, xs]) => {
    using updated = new Estimator(d);
    using rebuilt = new Estimator(d);
    const b = new Float64Array(d);
    xs.forEach((x, play) => {
      for (let i = 0; i < d; i++) b[i]! += (play % 3 - 1) * x[i]!;
      updated.update(Float64Array.from(x), b);
    });
    rebuilt.rebuild(pack(accumulate(d, xs)), b);
    assertClose(updated.theta(), rebuilt.theta(), 1e-11);
  }));
});

test("scores are their definition, and the first maximum wins", () => {
  fc.assert(
    fc.property(sequences(1, 60), fc.double({ min: 0, max: 3, noNaN: true }), ([d, xs], alpha) => {
      using estimator = new Estimator(d);
      const [first = []] = xs;
      estimator.update(Float64Array.from(first), Float64Array.from(first));
      const theta = [...estimator.theta()];
      const inverse = unpack(estimator.inverse(), d);
      batch(xs.length, d).set(xs.flat());
      for (const ucb of [false, true]) {
        const n = xs.length;
        const best = ucb ? estimator.rankUcb(n, alpha) : estimator.rankLinear(n);
        const scores = xs.map((_, i) => estimator.score(i));
        const width = (x: number[]) => Math.sqrt(dot(x, inverse.map((row) => dot(row, x))));
        const expected = xs.map((x) => dot(theta, x) + (ucb ? alpha * width(x) : 0));
        assertClose(scores, expected, 1e-7); // sqrt turns a rounding of 1e-16 into 1e-8
        assert.equal(best, scores.indexOf(Math.max(...scores)));
      }
    }),
  );
});

test("equal rows tie exactly, wherever they stand, and the first of them wins", () => {
  fc.assert(fc.property(sequences(1, 1), fc.integer({ min: 1, max: 21 }), ([d, [x = []]], n) => {
    using estimator = new Estimator(d);
    estimator.update(Float64Array.from(x), Float64Array.from(x));
    const rows = batch(n, d);
    for (let i = 0; i < n; i++) rows.set(x, i * d);
    assert.equal(estimator.rankLinear(n), 0);
    assert.equal(estimator.rankUcb(n, 1), 0);
    assert.equal(new Set(Array.from({ length: n }, (_, i) => estimator.score(i))).size, 1);
  }));
});

test("the largest batch is scored to its last row", () => {
  using estimator = new Estimator(MAX_DIMENSION);
  const one = Float64Array.from({ length: MAX_DIMENSION }, () => 1);
  estimator.update(one, one);
  batch(MAX_BATCH, MAX_DIMENSION).fill(0).fill(1, (MAX_BATCH - 1) * MAX_DIMENSION);
  assert.equal(estimator.rankUcb(MAX_BATCH, 1), MAX_BATCH - 1);
  assert.equal(estimator.score(0), 0);
});

test("thousands of models grow the memory and keep their values", () => {
  const before = slotsInUse();
  const stale = batch(1, 1);
  const models = Array.from({ length: 5000 }, (_, i) => {
    const d = i % MAX_DIMENSION + 1;
    const estimator = new Estimator(d);
    const x = new Float64Array(d);
    x[d - 1] = i / 5000;
    estimator.update(x, x);
    return estimator;
  });
  assert.equal(slotsInUse(), before + models.length);
  assert.equal(stale.byteLength, 0, "the memory has grown and detached the view");
  models.forEach((estimator, i) => {
    const last = estimator.d - 1;
    const x = i / 5000;
    const theta = x / (1 + x * x);
    assertClose([estimator.theta()[last]!], [theta], 1e-15);
    assertClose([estimator.inverse().at(-1)!], [1 / (1 + x * x)], 1e-15);
    batch(1, estimator.d).fill(0)[last] = 2;
    estimator.rankLinear(1);
    assertClose([estimator.score(0)], [2 * theta], 1e-15);
  });
  for (const estimator of models) estimator[Symbol.dispose]();
  assert.equal(slotsInUse(), before);
});

test("a freed slot is used again, as a model that has seen nothing", () => {
  const before = slotsInUse();
  for (let round = 0; round < 50_000; round++) {
    using estimator = new Estimator(7);
    if (round % 100 === 0) {
      assert.equal(slotsInUse(), before + 1);
      assert.deepEqual(unpack(estimator.inverse(), 7), accumulate(7, []));
      assert.deepEqual([...estimator.theta()], [0, 0, 0, 0, 0, 0, 0]);
      estimator.update(Float64Array.of(1, 2, 3, 4, 5, 6, 7), new Float64Array(7).fill(1));
    }
  }
  assert.throws(() => Estimator.fromInverse(Float64Array.of(-1), 1));
  assert.equal(slotsInUse(), before);
});

test("a disposed estimator refuses every use, and disposing it again does nothing", () => {
  const before = slotsInUse();
  const estimator = new Estimator(1);
  batch(1, 1).fill(1);
  estimator.rankLinear(1);
  estimator[Symbol.dispose]();
  estimator[Symbol.dispose]();
  assert.equal(slotsInUse(), before);
  const one = Float64Array.of(1);
  const uses = [
    () => estimator.rebuild(one, one),
    () => estimator.update(one, one),
    () => estimator.rankOneUpdate(one),
    () => estimator.theta(),
    () => estimator.inverse(),
    () => estimator.rankLinear(1),
    () => estimator.rankUcb(1, 1),
    () => estimator.score(0),
  ];
  for (const use of uses) assert.throws(use, /disposed/);
});

test("score answers for the estimator that ranked last, and only for its rows", () => {
  using one = new Estimator(1);
  using other = new Estimator(1);
  batch(2, 1).fill(1);
  assert.throws(() => one.score(0), /no score/);
  one.rankUcb(2, 3);
  assert.equal(one.score(1), 3);
  assert.throws(() => other.score(0), /no score/);
  for (const index of [-1, 2, 0.5, NaN]) assert.throws(() => one.score(index), /no score/);
  other.rankLinear(1);
  assert.throws(() => one.score(0), /no score/);
});

test("100,000 updates drift by less than 1e-12, and a rebuild removes even that", () => {
  const d = MAX_DIMENSION;
  using estimator = new Estimator(d);
  const A = accumulate(d, []);
  const b = new Float64Array(d);
  const x = new Float64Array(d);
  let seed = 1;
  for (let round = 0; round < 100_000; round++) {
    for (let i = 0; i < d; i++) {
      seed = Math.imul(seed, 1664525) + 1013904223 | 0;
      x[i] = seed / 2 ** 31;
    }
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++) A[i]![j]! += x[i]! * x[j]!;
      b[i]! += x[i]!;
    }
    estimator.rankOneUpdate(x);
  }
  const exact = invert(pack(A), d);
  const scale = Math.max(...exact.map(Math.abs));
  assertClose(estimator.inverse(), exact, 1e-12 * scale);
  estimator.rebuild(pack(A), b);
  assert.deepEqual([...estimator.inverse()], [...exact]);
});
