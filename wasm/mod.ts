/**
 * Linear algebra of the linear contextual bandit, computed in WebAssembly.
 *
 * A model is A = I + sum x xᵀ and b = sum r x, with theta = A⁻¹ b. An {@linkcode Estimator} keeps
 * A⁻¹ and theta of one model inside the kernel's memory and scores candidates with them.
 *
 * Symmetric matrices are passed as their packed upper triangle by rows: a00 a01 .. a0(d-1) a11 ..,
 * d(d+1)/2 numbers. All numbers are float64 and have no unit.
 *
 * @example
 * ```ts
 * using model = new Estimator(2);
 * model.update(Float64Array.of(1, 0), Float64Array.of(1, 0)); // x = [1, 0] got the reward 1
 * batch(2, 2).set([1, 0, 0, 1]);
 * model.rankUcb(2, 1); // the index of the candidate to pick
 * ```
 *
 * @see Li, Chu, Langford and Schapire (2010), A Contextual-Bandit Approach to Personalized News
 * Article Recommendation, algorithm 1 (LinUCB), https://arxiv.org/abs/1003.0146
 * @see Sherman and Morrison (1950), Adjustment of an Inverse Matrix Corresponding to a Change in
 * One Element of a Given Matrix, https://doi.org/10.1214/aoms/1177729893
 * @see Golub and Van Loan, Matrix Computations, section 4.2 (Cholesky)
 * @module
 */
import * as wasm from "./pkg/kernel_bg.wasm";
import { batch, put, refreshViews, scratch, take } from "./memory.ts";
import {
  checkDimension,
  checkInteger,
  MAX_BATCH,
  MAX_DIMENSION,
  NotPositiveDefiniteError,
  packedLength,
  ShapeError,
} from "./shape.ts";

export { batch };
export {
  MAX_BATCH,
  MAX_DIMENSION,
  NotPositiveDefiniteError,
  NotSymmetricError,
  pack,
  packedLength,
  ShapeError,
  unpack,
} from "./shape.ts";

/**
 * The packed inverse of a packed symmetric positive definite d x d matrix, by Cholesky's
 * factorisation.
 *
 * @throws {ShapeError} d is out of range or `packed` has another length than d(d+1)/2
 * @throws {NotPositiveDefiniteError} it is not positive definite, singular to float64 (a condition
 * number of about 1e15), or not finite
 */
export function invert(packed: Float64Array, d: number): Float64Array {
  put(scratch.matrix, "the matrix", packed, packedLength(d));
  if (!wasm.invert(d)) throw notDefinite("the matrix");
  return take(scratch.matrix, packed.length);
}

/** Whose scores lie in the scratch, and how many. */
let rankedBy: Estimator | undefined;
let rankedRows = 0;

/**
 * A⁻¹ and theta of one model of dimension d, in a slot of the kernel's memory.
 *
 * A slot is held until it is disposed; every later use throws an `Error`. A call that throws has
 * left the model as it was.
 */
export class Estimator implements Disposable {
  /** The model's dimension. */
  readonly d: number;
  #slot: number;

  /**
   * A model that has seen nothing: A = I, b = 0, theta = 0.
   *
   * @throws {ShapeError} d is not an integer from 1 to {@linkcode MAX_DIMENSION}
   * @throws {Error} the kernel's memory (4 GiB) is full
   */
  constructor(d: number) {
    checkDimension(d);
    this.d = d;
    this.#slot = wasm.allocate(d);
    refreshViews();
    if (this.#slot < 0) throw new Error("the kernel has no memory for another model");
  }

  /**
   * A model from its packed A⁻¹, taken as it is; theta = 0 until the next update.
   *
   * @throws {ShapeError} d is out of range, or `inverse` has another length than d(d+1)/2
   * @throws {NotPositiveDefiniteError} `inverse` is not positive definite or not finite
   */
  static fromInverse(inverse: Float64Array, d: number): Estimator {
    const estimator = new Estimator(d);
    try {
      put(scratch.matrix, "inverse", inverse, packedLength(d));
      if (!wasm.load_inverse(d, estimator.#slot)) throw notDefinite("inverse");
      return estimator;
    } catch (error) {
      estimator[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Takes over the model of a packed A and b: A⁻¹ by Cholesky's factorisation, theta = A⁻¹ b.
   *
   * @throws {ShapeError} a length is wrong or a number in b is not finite
   * @throws {NotPositiveDefiniteError} A is not positive definite or not finite
   */
  rebuild(A: Float64Array, b: Float64Array): void {
    const slot = this.#live();
    put(scratch.matrix, "A", A, packedLength(this.d));
    put(scratch.b, "b", b, this.d);
    if (!wasm.rebuild(this.d, slot)) throw notDefinite("A", { b });
  }

  /**
   * Learns from one x: A⁻¹ becomes that of A + x xᵀ (Sherman and Morrison), and theta = A⁻¹ b.
   *
   * @param x d numbers
   * @param b the new b, which has this reward's r x in it: d numbers
   * @throws {ShapeError} a length is wrong or a number is not finite
   * @throws {NotPositiveDefiniteError} 1 + xᵀ A⁻¹ x is not a positive finite number
   */
  update(x: Float64Array, b: Float64Array): void {
    const slot = this.#live();
    put(scratch.x, "x", x, this.d);
    put(scratch.b, "b", b, this.d);
    if (!wasm.update(this.d, slot)) throw notDefinite("A + x xT", { x, b });
  }

  /** The A⁻¹ half of {@linkcode update}: theta stays as it was. Throws as it does. */
  rankOneUpdate(x: Float64Array): void {
    const slot = this.#live();
    put(scratch.x, "x", x, this.d);
    if (!wasm.rank_one_update(this.d, slot)) throw notDefinite("A + x xT", { x });
  }

  /** A copy of theta, d numbers. */
  theta(): Float64Array {
    wasm.read_theta(this.d, this.#live());
    return take(scratch.x, this.d);
  }

  /** A copy of A⁻¹, packed. */
  inverse(): Float64Array {
    wasm.read_inverse(this.d, this.#live());
    return take(scratch.matrix, packedLength(this.d));
  }

  /**
   * Scores the first n rows of `batch(n, d)` by the expected reward theta·x.
   *
   * @returns the index of the first maximum
   * @throws {ShapeError} n is out of range, or a score is not finite
   */
  rankLinear(n: number): number {
    const slot = this.#live();
    checkInteger("n", n, 1, MAX_BATCH);
    return this.#ranked(n, wasm.rank_linear(this.d, slot, n));
  }

  /**
   * Scores the first n rows of `batch(n, d)` by LinUCB's upper confidence bound,
   * theta·x + alpha √max(0, xᵀ A⁻¹ x).
   *
   * @returns the index of the first maximum
   * @throws {ShapeError} n is out of range, or a score (or alpha) is not finite
   */
  rankUcb(n: number, alpha: number): number {
    const slot = this.#live();
    checkInteger("n", n, 1, MAX_BATCH);
    return this.#ranked(n, wasm.rank_ucb(this.d, slot, n, alpha));
  }

  /**
   * One candidate's score in the last ranking. All estimators share the place of the scores: read
   * them before another one ranks.
   *
   * @param index of a row that was ranked
   * @throws {ShapeError} there is no such row, or the last ranking was not this estimator's
   */
  score(index: number): number {
    this.#live();
    const score = rankedBy === this && index < rankedRows ? scratch.scores[index] : undefined;
    if (score === undefined) throw new ShapeError(`the last ranking has no score ${index} of this`);
    return score;
  }

  /** Gives the slot back. Doing it again does nothing. */
  [Symbol.dispose](): void {
    if (this.#slot < 0) return;
    wasm.release(this.d, this.#slot);
    this.#slot = -1;
    if (rankedBy === this) rankedBy = undefined;
  }

  #live(): number {
    if (this.#slot < 0) throw new Error("the estimator is disposed");
    return this.#slot;
  }

  #ranked(n: number, best: number): number {
    rankedBy = best < 0 ? undefined : this;
    rankedRows = n;
    if (best < 0) throw new ShapeError("a score is not finite");
    return best;
  }
}

/** How many slots are held by estimators that are not disposed. */
export function slotsInUse(): number {
  let sum = 0;
  for (let d = 1; d <= MAX_DIMENSION; d++) sum += wasm.slots_in_use(d);
  return sum;
}

/**
 * Computes a small known answer on every path; meant for the start of a service.
 *
 * @throws {Error} the kernel answers something else
 */
export function selfCheck(): void {
  using model = new Estimator(2);
  // A = [[2, 1], [1, 3]] and b = [1, 2]; then x = [1, 0] is rewarded with 2.
  model.rebuild(Float64Array.of(2, 1, 3), Float64Array.of(1, 2));
  model.update(Float64Array.of(1, 0), Float64Array.of(3, 2));
  batch(3, 2).set([0, 1, 1, 1, 1, 1]);
  const linear = [model.rankLinear(3), model.score(0), model.score(2)];
  const ucb = [model.rankUcb(3, 2), model.score(0), model.score(2)];
  const found = [...model.inverse(), ...model.theta(), ...linear, ...ucb];
  const expected = [3 / 8, -1 / 8, 3 / 8, 7 / 8, 3 / 8].concat(
    [1, 3 / 8, 10 / 8],
    [1, 3 / 8 + 2 * Math.sqrt(3 / 8), 10 / 8 + 2 * Math.sqrt(1 / 2)],
  );
  if (!expected.every((value, i) => Math.abs(value - (found[i] ?? NaN)) < 1e-14)) {
    throw new Error(`the kernel computes ${found} instead of ${expected}`);
  }
}

/** Why the kernel refused: it looks for numbers that are not finite too, but answers no or yes. */
function notDefinite(name: string, vectors: Readonly<Record<string, Float64Array>> = {}): Error {
  for (const [name, vector] of Object.entries(vectors)) {
    if (!vector.every(Number.isFinite)) return new ShapeError(`${name} is not finite`);
  }
  return new NotPositiveDefiniteError(`${name} is not positive definite`);
}
