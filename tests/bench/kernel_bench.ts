/**
 * Measures the kernel, through its public API and with all of its checks, against the same
 * algorithms in plain TypeScript. Prints the median of many rounds in ns a call; the two take
 * turns, so that both meet the same machine. Needs no permissions:
 *
 *     deno run tests/bench/kernel_bench.ts
 */
import assert from "node:assert/strict";
import { batch, Estimator, MAX_BATCH, pack } from "../../wasm/mod.ts";
import { PlainModel } from "./plain_kernel.ts";

const DIMENSIONS = [5, 7, 12];
const ROUNDS = 101;
const ROUND_MS = 2;

interface Pair {
  readonly name: string;
  readonly wasm: () => void;
  readonly plain: () => void;
}

/** ns a call over so many calls. */
function time(call: () => void, repeats: number): number {
  const start = performance.now();
  for (let i = 0; i < repeats; i++) call();
  return (performance.now() - start) * 1e6 / repeats;
}

/** How many calls fill a round; finding out warms the compilers up. */
function repeatsOf(call: () => void): number {
  time(call, 20_000);
  let repeats = 100;
  while (time(call, repeats) * repeats < ROUND_MS * 1e6) repeats *= 2;
  return repeats;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

function measure({ name, wasm, plain }: Pair) {
  const wasmRepeats = repeatsOf(wasm);
  const plainRepeats = repeatsOf(plain);
  const wasmTimes: number[] = [];
  const plainTimes: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    wasmTimes.push(time(wasm, wasmRepeats));
    plainTimes.push(time(plain, plainRepeats));
  }
  const [wasmNs, plainNs] = [median(wasmTimes), median(plainTimes)];
  return { name, wasmNs, plainNs };
}

/** Numbers in -1..1, the same in every run. */
function numbers(count: number, seed: number): Float64Array {
  let state = seed;
  return Float64Array.from({ length: count }, () => {
    state = Math.imul(state, 1664525) + 1013904223 | 0;
    return state / 2 ** 31;
  });
}

function assertSame(estimator: Estimator, model: PlainModel): void {
  const found = [...estimator.inverse(), ...estimator.theta()];
  const expected = [...model.inverse, ...model.theta];
  assert.ok(found.every((value, i) => Math.abs(value - (expected[i] ?? NaN)) < 1e-12));
}

/** Each operation both ways, on the same numbers; the first one resets the models. */
function pairsOf(d: number, estimator: Estimator, model: PlainModel): [Pair, ...Pair[]] {
  const [x, b, rows] = [numbers(d, 1), numbers(d, 2), numbers(100 * d, 3)];
  batch(100, d).set(rows);
  const A = Array.from({ length: d }, () => new Array<number>(d).fill(0.1));
  A.forEach((row, i) => row[i] = 2);
  const packed = pack(A);
  const rankings = [1, 10, 100].flatMap((n): Pair[] => [
    {
      name: `rankLinear n=${n}`,
      wasm: () => void estimator.rankLinear(n),
      plain: () => void model.rankLinear(rows, n),
    },
    {
      name: `rankUcb n=${n}`,
      wasm: () => void estimator.rankUcb(n, 1),
      plain: () => void model.rankUcb(rows, n, 1),
    },
  ]);
  return [
    {
      name: "rebuild",
      wasm: () => estimator.rebuild(packed, b),
      plain: () => model.rebuild(packed, b),
    },
    {
      name: "rankOneUpdate",
      wasm: () => estimator.rankOneUpdate(x),
      plain: () => model.rankOneUpdate(x),
    },
    { name: "update", wasm: () => estimator.update(x, b), plain: () => model.update(x, b) },
    ...rankings,
  ];
}

console.log(" d  operation         wasm ns  plain ns  ratio");
for (const d of DIMENSIONS) {
  using estimator = new Estimator(d);
  const model = new PlainModel(d, MAX_BATCH);
  const pairs = pairsOf(d, estimator, model);
  for (const pair of pairs) {
    for (const { wasm, plain } of [pairs[0], pair]) {
      wasm();
      plain();
    }
    assertSame(estimator, model);
    const { name, wasmNs, plainNs } = measure(pair);
    const cells = [wasmNs.toFixed(1).padStart(8), plainNs.toFixed(1).padStart(9)];
    const ratio = (plainNs / wasmNs).toFixed(2).padStart(6);
    console.log(`${String(d).padStart(2)}  ${name.padEnd(16)} ${cells.join(" ")} ${ratio}`);
  }
}
