/**
 * Shapes and errors of the kernel, and the packed form of a symmetric matrix.
 *
 * @module
 */

/** The largest dimension d that the kernel is compiled for; the smallest is 1. */
export const MAX_DIMENSION = 12;

/** The most candidates that one ranking takes. */
export const MAX_BATCH = 1000;

/** A dimension, length or index out of range, or a number that is not finite. */
export class ShapeError extends RangeError {
  override readonly name = "ShapeError";
}

/** A matrix that is not positive definite in float64, so that it has no Cholesky factor. */
export class NotPositiveDefiniteError extends Error {
  override readonly name = "NotPositiveDefiniteError";
}

/** A square matrix whose halves differ. */
export class NotSymmetricError extends Error {
  override readonly name = "NotSymmetricError";
}

/** Throws a {@linkcode ShapeError} unless `value` is an integer from `low` to `high`. */
export function checkInteger(name: string, value: number, low: number, high: number): void {
  if (!(Number.isInteger(value) && value >= low && value <= high)) {
    throw new ShapeError(`${name} must be an integer from ${low} to ${high}, not ${value}`);
  }
}

/** Throws a {@linkcode ShapeError} unless d is a dimension of the kernel. */
export function checkDimension(d: number): void {
  checkInteger("d", d, 1, MAX_DIMENSION);
}

/**
 * How many numbers a packed d x d matrix has: d(d+1)/2.
 *
 * @throws {ShapeError} d is not an integer from 1 to {@linkcode MAX_DIMENSION}
 */
export function packedLength(d: number): number {
  checkDimension(d);
  return d * (d + 1) / 2;
}

/**
 * The packed upper triangle of a full symmetric matrix, given as its d rows of d numbers.
 *
 * Entries that differ by no more than `tolerance`, relative to the larger of the two, are averaged.
 *
 * @throws {ShapeError} it is not square, d is out of range, or an entry is not finite
 * @throws {NotSymmetricError} an entry differs from its mirror image by more than the tolerance
 */
export function pack(full: readonly (readonly number[])[], tolerance = 1e-9): Float64Array {
  const d = full.length;
  const packed = new Float64Array(packedLength(d));
  let at = 0;
  full.forEach((row, i) => {
    if (row.length !== d) {
      throw new ShapeError(`a ${d} x ${d} matrix was expected, but row ${i} has ${row.length}`);
    }
    for (let j = i; j < d; j++) {
      const upper = row[j] ?? NaN;
      const lower = full[j]?.[i] ?? NaN;
      const gap = lower - upper;
      if (!Number.isFinite(gap)) throw new ShapeError(`entry ${i}, ${j} is not finite`);
      if (Math.abs(gap) > tolerance * Math.max(Math.abs(upper), Math.abs(lower))) {
        throw new NotSymmetricError(`entry ${i}, ${j} is ${upper}, its mirror image ${lower}`);
      }
      packed[at++] = upper + gap / 2;
    }
  });
  return packed;
}

/**
 * The d rows of d numbers of a packed matrix.
 *
 * @throws {ShapeError} d is out of range or `packed` has another length than d(d+1)/2
 */
export function unpack(packed: Float64Array, d: number): number[][] {
  const length = packedLength(d);
  if (packed.length !== length) {
    throw new ShapeError(`a packed matrix of d = ${d} has ${length} numbers, not ${packed.length}`);
  }
  // Row i starts behind the i longer rows above it.
  const entry = (i: number, j: number) => packed[i * d - i * (i - 1) / 2 + j - i] ?? NaN;
  return Array.from(
    { length: d },
    (_, i) => Array.from({ length: d }, (_, j) => entry(Math.min(i, j), Math.max(i, j))),
  );
}
