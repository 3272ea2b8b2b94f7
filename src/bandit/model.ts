import { packedLength } from "../../wasm/mod.ts";
import type { Model } from "./records.ts";

/** The model before its first reward: A = I, b = 0, so that theta = 0. */
export function emptyModel(d: number): Model {
  const A = new Float64Array(packedLength(d));
  for (let i = 0, at = 0; i < d; at += d - i, i++) A[at] = 1;
  return { A, b: new Float64Array(d), rewardCount: 0, cumulativeReward: 0, lastUpdated: null };
}

/** The model after one more reward of a vector: A + x xT, b + reward x. */
export function learn(model: Model, x: Float64Array, reward: number, at: number): Model {
  const A = model.A.slice();
  const b = model.b.slice();
  for (let i = 0, k = 0; i < x.length; i++) {
    b[i]! += reward * x[i]!;
    for (let j = i; j < x.length; j++, k++) A[k]! += x[i]! * x[j]!;
  }
  return {
    A,
    b,
    rewardCount: model.rewardCount + 1,
    cumulativeReward: model.cumulativeReward + reward,
    lastUpdated: at,
  };
}
