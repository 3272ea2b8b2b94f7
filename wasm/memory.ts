/**
 * The kernel's scratch in linear memory: fixed places that numbers pass through, seen as arrays.
 *
 * @module
 */
import "./pkg/kernel.js"; // prepares the instance that the next line shares
import * as wasm from "./pkg/kernel_bg.wasm";
import { checkDimension, checkInteger, MAX_BATCH, MAX_DIMENSION, ShapeError } from "./shape.ts";

/** Views of the scratch. */
export interface Scratch {
  /** A packed symmetric matrix. */
  readonly matrix: Float64Array;
  readonly b: Float64Array;
  readonly x: Float64Array;
  /** The score of each row of the last ranking. */
  readonly scores: Float64Array;
  /** Views of the rows by their length, made when first asked for: making one costs 100 ns. */
  readonly rows: (Float64Array | undefined)[];
}

function view(at: number, length: number): Float64Array {
  return new Float64Array(wasm.memory.buffer, at, length);
}

function viewScratch(): Scratch {
  return {
    matrix: view(wasm.matrix_at(), MAX_DIMENSION * (MAX_DIMENSION + 1) / 2),
    b: view(wasm.b_at(), MAX_DIMENSION),
    x: view(wasm.x_at(), MAX_DIMENSION),
    scores: view(wasm.scores_at(), MAX_BATCH),
    rows: [],
  };
}

/** The scratch as it lies now; read it anew in every call. */
export let scratch: Scratch = viewScratch();

/** Growing memory detaches every view: call this after anything that may have grown it. */
export function refreshViews(): void {
  if (scratch.x.buffer !== wasm.memory.buffer) scratch = viewScratch();
}

/**
 * Copies a vector or packed matrix of `length` numbers into the scratch.
 *
 * @throws {ShapeError} it has another length
 */
export function put(target: Float64Array, name: string, source: Float64Array, length: number) {
  if (source.length !== length) {
    throw new ShapeError(`${name} must have ${length} numbers, not ${source.length}`);
  }
  // A plain loop: TypedArray.set costs 40 ns, more than a small update itself.
  for (let i = 0; i < length; i++) target[i] = source[i]!;
}

/** A copy of the first numbers of a part of the scratch; a loop for the same reason. */
export function take(source: Float64Array, length: number): Float64Array {
  const copy = new Float64Array(length);
  for (let i = 0; i < length; i++) copy[i] = source[i]!;
  return copy;
}

/**
 * The place for n candidates' vectors: a row-major n x d view into linear memory, to be filled
 * before ranking them. Its old content is arbitrary.
 *
 * One place serves all estimators, and the view is valid until the next `new Estimator` or
 * `Estimator.fromInverse`, which may grow memory: fill and rank without an `await` in between.
 *
 * @throws {ShapeError} n is not an integer from 1 to {@linkcode MAX_BATCH}, or d is out of range
 */
export function batch(n: number, d: number): Float64Array {
  checkInteger("n", n, 1, MAX_BATCH);
  checkDimension(d);
  return scratch.rows[n * d] ??= view(wasm.rows_at(), n * d);
}
