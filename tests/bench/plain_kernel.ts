/**
 * The kernel's algorithms in plain TypeScript, to measure the WebAssembly against; the service does
 * not use it. Of the forms tried these were the fastest: flat `Float64Array`s, A⁻¹ as its packed
 * upper triangle, two candidates scored side by side, nothing allocated in a call.
 */

/** A⁻¹ and theta of one model of dimension d. */
export class PlainModel {
  readonly inverse: Float64Array;
  readonly theta: Float64Array;
  readonly scores: Float64Array;
  readonly #u: Float64Array;
  readonly #l: Float64Array;

  constructor(readonly d: number, maxBatch: number) {
    this.inverse = new Float64Array(d * (d + 1) / 2);
    this.theta = new Float64Array(d);
    this.scores = new Float64Array(maxBatch);
    this.#u = new Float64Array(d);
    this.#l = new Float64Array(d * d);
  }

  /** A⁻¹ of a packed A by A = L Lᵀ, and theta; throws where A is not positive definite. */
  rebuild(a: Float64Array, b: Float64Array): void {
    const { d, inverse } = this;
    const l = this.#l;
    for (let j = 0, at = 0; j < d; j++) {
      for (let i = j; i < d; i++, at++) {
        let sum = a[at]!;
        for (let k = 0; k < j; k++) sum -= l[i * d + k]! * l[j * d + k]!;
        if (i > j) {
          l[i * d + j] = sum / l[j * d + j]!;
        } else {
          if (!(sum > 0)) throw new Error("not positive definite");
          l[j * d + j] = Math.sqrt(sum);
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
    for (let i = 0, at = 0; i < d; i++) {
      for (let j = i; j < d; j++, at++) {
        let sum = 0;
        for (let k = j; k < d; k++) sum += l[k * d + i]! * l[k * d + j]!;
        inverse[at] = sum;
      }
    }
    this.#multiply(b, this.theta);
  }

  rankOneUpdate(x: Float64Array): void {
    const { d, inverse } = this;
    const u = this.#u;
    this.#multiply(x, u);
    let denominator = 1;
    for (let i = 0; i < d; i++) denominator += u[i]! * x[i]!;
    const k = 1 / denominator;
    for (let i = 0, at = 0; i < d; i++) {
      const factor = u[i]! * k;
      for (let j = i; j < d; j++, at++) inverse[at]! -= factor * u[j]!;
    }
  }

  update(x: Float64Array, b: Float64Array): void {
    this.rankOneUpdate(x);
    this.#multiply(b, this.theta);
  }

  rankLinear(rows: Float64Array, n: number): number {
    const { d, theta, scores } = this;
    let best = 0;
    let highest = -Infinity;
    for (let c = 0; c < n; c += 2) {
      const even = c * d;
      const odd = c + 1 < n ? even + d : even; // a row left alone is scored twice
      let evenScore = 0;
      let oddScore = 0;
      for (let i = 0; i < d; i++) {
        const factor = theta[i]!;
        evenScore += factor * rows[even + i]!;
        oddScore += factor * rows[odd + i]!;
      }
      scores[c] = evenScore;
      scores[c + 1] = oddScore;
      if (evenScore > highest) {
        highest = evenScore;
        best = c;
      }
      if (oddScore > highest) {
        highest = oddScore;
        best = c + 1;
      }
    }
    return best;
  }

  rankUcb(rows: Float64Array, n: number, alpha: number): number {
    const { d, inverse, theta, scores } = this;
    let best = 0;
    let highest = -Infinity;
    for (let c = 0; c < n; c += 2) {
      const even = c * d;
      const odd = c + 1 < n ? even + d : even;
      let evenMean = 0;
      let oddMean = 0;
      let evenSquare = 0;
      let oddSquare = 0;
      for (let i = 0, at = 0; i < d; i++) {
        const evenX = rows[even + i]!;
        const oddX = rows[odd + i]!;
        const diagonal = inverse[at++]!;
        let evenHalf = 0;
        let oddHalf = 0;
        for (let j = i + 1; j < d; j++, at++) {
          const entry = inverse[at]!;
          evenHalf += entry * rows[even + j]!;
          oddHalf += entry * rows[odd + j]!;
        }
        evenSquare += evenX * (diagonal * evenX + evenHalf + evenHalf);
        oddSquare += oddX * (diagonal * oddX + oddHalf + oddHalf);
        evenMean += theta[i]! * evenX;
        oddMean += theta[i]! * oddX;
      }
      const evenScore = evenMean + alpha * Math.sqrt(Math.max(0, evenSquare));
      const oddScore = oddMean + alpha * Math.sqrt(Math.max(0, oddSquare));
      scores[c] = evenScore;
      scores[c + 1] = oddScore;
      if (evenScore > highest) {
        highest = evenScore;
        best = c;
      }
      if (oddScore > highest) {
        highest = oddScore;
        best = c + 1;
      }
    }
    return best;
  }

  /** product = A⁻¹ x, each entry of the triangle used for both of its places. */
  #multiply(x: Float64Array, product: Float64Array): void {
    const { d, inverse } = this;
    for (let i = 0; i < d; i++) product[i] = 0;
    for (let i = 0, at = 0; i < d; i++) {
      const factor = x[i]!;
      let sum = product[i]! + inverse[at++]! * factor;
      for (let j = i + 1; j < d; j++, at++) {
        const entry = inverse[at]!;
        sum += entry * x[j]!;
        product[j]! += entry * factor;
      }
      product[i] = sum;
    }
  }
}
