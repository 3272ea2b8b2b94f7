import { encode, type Inputs } from "../../src/bandit/features.ts";
import { labelsOf } from "../../src/bandit/policies.ts";
import { invert } from "../../wasm/mod.ts";
import type { Features } from "./http.ts";
import { policyOf } from "./scorer.ts";

/** A model as it must be after rewards applied one by one, in plain loops. */
export class Reference {
  readonly #policy;
  readonly d: number;
  readonly A: Float64Array;
  readonly b: Float64Array;
  count = 0;
  total = 0;

  constructor(policy: string) {
    this.#policy = policyOf(policy);
    const d = labelsOf(this.#policy).length;
    this.d = d;
    this.A = new Float64Array(d * (d + 1) / 2);
    this.b = new Float64Array(d);
    for (let i = 0, k = 0; i < d; k += d - i, i++) this.A[k] = 1;
  }

  reward(features: Features, day: number, reward: number): void {
    const inputs: Inputs = { hour: features.hour_of_day, day, profile: null };
    const x = new Float64Array(this.d);
    encode(this.#policy.features, inputs, [features], x);
    for (let i = 0, k = 0; i < this.d; i++) {
      this.b[i]! += reward * x[i]!;
      for (let j = i; j < this.d; j++) this.A[k++]! += x[i]! * x[j]!;
    }
    this.count++;
    this.total += reward;
  }

  theta(): number[] {
    const inverse = invert(this.A, this.d);
    const at = (i: number, j: number): number =>
      i <= j ? inverse[i * this.d - i * (i - 1) / 2 + j - i]! : at(j, i);
    return Array.from(
      { length: this.d },
      (_, i) => this.b.reduce((sum, b, j) => sum + at(i, j) * b, 0),
    );
  }
}
