import assert from "node:assert/strict";
import {
  batch,
  Estimator,
  invert,
  MAX_BATCH,
  MAX_DIMENSION,
  NotPositiveDefiniteError,
  NotSymmetricError,
  pack,
  packedLength,
  selfCheck,
  ShapeError,
  unpack,
} from "../../wasm/mod.ts";

const sanitized = { sanitizeOps: true, sanitizeResources: true, sanitizeExit: true };
const WRONG_DIMENSIONS = [0, -1, 1.5, MAX_DIMENSION + 1, 2 ** 32 + 1, NaN];

function test(name: string, fn: () => void): void {
  Deno.test({ name, ...sanitized, fn });
}

test("pack keeps the upper triangle by rows and unpack restores the square", () => {
  const full = [[1, 2, 3], [2, 4, 5], [3, 5, 6]];
  assert.deepEqual([...pack(full)], [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(unpack(pack(full), 3), full);
});

test("pack averages what differs within the tolerance and refuses the rest", () => {
  assert.deepEqual([...pack([[1, 1024], [1024 + 2 ** -22, 1]])], [1, 1024 + 2 ** -23, 1]);
  assert.throws(() => pack([[1, 1024], [1024 + 2 ** -18, 1]]), NotSymmetricError);
  assert.throws(() => pack([[1, 1], [1 + 1e-15, 1]], 0), NotSymmetricError);
  assert.throws(() => pack([[1, 0], [1e-30, 1]]), NotSymmetricError);
});

test("pack refuses what is not square or not finite", () => {
  for (const full of [[], [[1, 2]], [[1, 2], [2]], [[1, 2], [2, 3], [3, 4]]]) {
    assert.throws(() => pack(full), ShapeError);
  }
  for (const bad of [NaN, Infinity, -Infinity]) {
    assert.throws(() => pack([[bad]]), ShapeError);
    assert.throws(() => pack([[1, bad], [bad, 1]]), ShapeError);
    assert.throws(() => pack([[1, 0], [bad, 1]]), ShapeError);
  }
});

test("a dimension out of range is a ShapeError everywhere", () => {
  for (const d of WRONG_DIMENSIONS) {
    assert.throws(() => packedLength(d), ShapeError);
    assert.throws(() => unpack(new Float64Array(3), d), ShapeError);
    assert.throws(() => batch(1, d), ShapeError);
    assert.throws(() => invert(new Float64Array(3), d), ShapeError);
    assert.throws(() => new Estimator(d), ShapeError);
    assert.throws(() => Estimator.fromInverse(new Float64Array(3), d), ShapeError);
  }
});

test("a length or count out of range is a ShapeError and a RangeError", () => {
  using estimator = new Estimator(2);
  const two = new Float64Array(2);
  const three = new Float64Array(3);
  const wrong = [
    () => invert(two, 2),
    () => unpack(two, 2),
    () => Estimator.fromInverse(two, 2),
    () => estimator.rebuild(two, two),
    () => estimator.rebuild(Float64Array.of(1, 0, 1), three),
    () => estimator.update(three, two),
    () => estimator.update(two, three),
    () => estimator.rankOneUpdate(three),
    ...[0, -1, 1.5, MAX_BATCH + 1, NaN].flatMap((n) => [
      () => batch(n, 2),
      () => estimator.rankLinear(n),
      () => estimator.rankUcb(n, 1),
    ]),
  ];
  for (const call of wrong) {
    assert.throws(call, ShapeError);
    assert.throws(call, RangeError);
  }
  assert.deepEqual([...estimator.inverse()], [1, 0, 1]);
});

test("numbers that are not finite are refused and change nothing", () => {
  using estimator = new Estimator(2);
  const fine = Float64Array.of(1, 2);
  estimator.update(fine, fine);
  const before = [...estimator.inverse(), ...estimator.theta()];
  for (const bad of [NaN, Infinity, -Infinity]) {
    const vector = Float64Array.of(1, bad);
    const matrix = Float64Array.of(1, bad, 1);
    assert.throws(() => estimator.update(vector, fine), ShapeError);
    assert.throws(() => estimator.update(fine, vector), ShapeError);
    assert.throws(() => estimator.rankOneUpdate(vector), ShapeError);
    assert.throws(() => estimator.rebuild(Float64Array.of(1, 0, 1), vector), ShapeError);
    assert.throws(() => estimator.rebuild(matrix, fine), NotPositiveDefiniteError);
    assert.throws(() => invert(matrix, 2), NotPositiveDefiniteError);
    assert.throws(() => Estimator.fromInverse(matrix, 2), NotPositiveDefiniteError);
    batch(2, 2).set([1, 1, 1, bad]);
    assert.throws(() => estimator.rankLinear(2), ShapeError);
    assert.throws(() => estimator.rankUcb(2, 1), ShapeError);
    assert.throws(() => estimator.score(0), ShapeError);
    batch(1, 2).set([1, 1]);
    assert.throws(() => estimator.rankUcb(1, bad), ShapeError);
  }
  assert.deepEqual([...estimator.inverse(), ...estimator.theta()], before);
});

test("what is not positive definite is refused and changes nothing", () => {
  using estimator = new Estimator(2);
  const b = Float64Array.of(1, 1);
  estimator.rebuild(Float64Array.of(2, 0, 4), b);
  for (const bad of [[0, 0, 0], [1, 2, 1], [1, 1, 1], [-1, 0, -1], [1, 0, -1e-9]]) {
    const packed = Float64Array.from(bad);
    assert.throws(() => invert(packed, 2), NotPositiveDefiniteError);
    assert.throws(() => estimator.rebuild(packed, b), NotPositiveDefiniteError);
    assert.throws(() => Estimator.fromInverse(packed, 2), NotPositiveDefiniteError);
  }
  // xᵀ A⁻¹ x overflows.
  assert.throws(() => estimator.update(Float64Array.of(1e200, 0), b), NotPositiveDefiniteError);
  assert.deepEqual([...estimator.inverse()], [0.5, 0, 0.25]);
  assert.deepEqual([...estimator.theta()], [0.5, 0.25]);
});

test("selfCheck passes", () => selfCheck());
