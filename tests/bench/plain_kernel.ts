/**
 * The kernel's algorithms in plain TypeScript, to measure the WebAssembly against; the service does
 * not use it. Flat `Float64Array`s, full square matrices by rows, nothing allocated in a call, and
 * one half of the symmetric matrix where that is faster.
 */

/** A⁻¹ and theta of one model of dimension d. */
export class PlainModel {
  readonly inverse: Float64Array;
  readonly theta: Float64Array;
  readonly scores: Float64Array;
  readonly #u: Float64Array;
  readonly #l: Float64Array;

  constructor(readonly d: number, maxBatch: number) {
    this.inverse = new Float64Array(d * d);
    this.theta = new Float64Array(d);
    this.scores = new Float64Array(maxBatch);
    this.#u = new Float64Array(d);
    this.#l = new Float64Array(d * d);
    for (let i = 0; i < d; i++) this.inverse[i * d + i] = 1;
  }

  rankOneUpdate(x: Float64Array): void {
    const { d, inverse } = this;
    const u = this.#u;
    let denominator = 1;
    for (let i = 0; i < d; i++) {
      const row = i * d;
      let sum = 0;
      for (let j = 0; j < d; j++) sum += inverse[row + j]! * x[j]!;
      u[i] = sum;
      denominator += sum * x[i]!;
    }
    const k = 1 / denominator;
    for (let i = 0; i < d; i++) {
      const row = i * d;
      const factor = u[i]!;
      for (let j = 0; j < d; j++) inverse[row + j]! -= factor * u[j]! * k;
    }
  }

  update(x: Float64Array, b: Float64Array): void {
    this.rankOneUpdate(x);
    this.#multiply(b);
  }

  rankLinear(rows: Float64Array, n: number): number {
    const { d, theta, scores } = this;
    let best = 0;
    let highest = -Infinity;
    for (let c = 0, at = 0; c < n; c++, at += d) {
      let score = 0;
      for (let i = 0; i < d; i++) score += theta[i]! * rows[at + i]!;
      scores[c] = score;
      if (score > highest) {
        highest = score;
        best = c;
      }
    }
    return best;
  }

  rankUcb(rows: Float64Array, n: number, alpha: number): number {
    const { d, inverse, theta, scores } = this;
    let best = 0;
    let highest = -Infinity;
    for (let c = 0, at = 0; c < n; c++, at += d) {
      let mean = 0;
      let square = 0;
      for (let i = 0; i < d; i++) {
        const row = i * d;
        const xi = rows[at + i]!;
        let half = 0;
        for (let j = i + 1; j < d; j++) half += inverse[row + j]! * rows[at + j]!;
        square += xi * (inverse[row + i]! * xi + half + half);
        mean += theta[i]! * xi;
      }
      const score = mean + alpha * Math.sqrt(Math.max(0, square));
      scores[c] = score;
      if (score > highest) {
        highest = score;
        best = c;
      }
    }
    return best;
  }

  /** A⁻¹ of a full A by A = L Lᵀ, and theta; throws where A is not positive definite. */
  rebuild(a: Float64Array, b: Float64Array): void {
    const { d, inverse } = this;
    const l = this.#l;
    for (let i = 0; i < d; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = a[i * d + j]!;
        for (let k = 0; k < j; k++) sum -= l[i * d + k]! * l[j * d + k]!;
        if (i > j) {
          l[i * d + j] = sum / l[j * d + j]!;
        } else {
          if (!(sum > 0)) throw new Error("not positive definite");
          l[i * d + i] = Math.sqrt(sum);
        }
      }
    }
    // L⁻¹ over L, column by column from the left.
    for (let j = 0; j < d; j++) {
      l[j * d + j] = 1 / l[j * d + j]!;
      for (let i = j + 1; i < d; i++) {
        let sum = 0;
        for (let k = j; k < i; k++) sum -= l[i * d + k]! * l[k * d + j]!;
        l[i * d + j] = sum / l[i * d + i]!;
      }
    }
    for (let i = 0; i < d; i++) {
      for (let j = i; j < d; j++) {
        let sum = 0;
        for (let k = j; k < d; k++) sum += l[k * d + i]! * l[k * d + j]!;
        inverse[i * d + j] = sum;
        inverse[j * d + i] = sum;
      }
    }
    this.#multiply(b);
  }

  /** theta = A⁻¹ b. */
  #multiply(b: Float64Array): void {
    const { d, inverse, theta } = this;
    for (let i = 0; i < d; i++) {
      const row = i * d;
      let sum = 0;
      for (let j = 0; j < d; j++) sum += inverse[row + j]! * b[j]!;
      theta[i] = sum;
    }
  }
}
