/**
 * Measures the kernel against the same algorithms in plain TypeScript and prints a table: the
 * median of many rounds, in ns a call, in turns so that both meet the same machine.
 *
 *     deno run tests/bench/kernel_bench.ts
 */
import { batch, Estimator, invert, pack } from "../../wasm/mod.ts";
import { PlainModel } from "./plain_kernel.ts";

const ROUNDS = 41;
const ROUND_MS = 4;
const DIMENSIONS = [5, 7, 12];

interface Pair {
  readonly name: string;
  readonly wasm: () => void;
  readonly plain: () => void;
}

function timed(call: () => void, repeats: number): number {
  const start = performance.now();
  for (let i = 0; i < repeats; i++) call();
  return (performance.now() - start) * 1e6 / repeats;
}

/** Repeats that fill a round; reached by doubling, which warms the compilers up too. */
function repeatsFor(call: () => void): number {
  timed(call, 20_000);
  let repeats = 100;
  while (timed(call, repeats) * repeats < ROUND_MS * 1e6) repeats *= 2;
  return repeats;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

function measure({ wasm, plain }: Pair): [number, number] {
  const repeats = [repeatsFor(wasm), repeatsFor(plain)] as const;
  const rounds = Array.from(
    { length: ROUNDS },
    () => [timed(wasm, repeats[0]), timed(plain, repeats[1])] as const,
  );
  return [median(rounds.map(([time]) => time)), median(rounds.map(([, time]) => time))];
}

function pairs(d: number): Pair[] {
  const random = () => Math.random() * 2 - 1;
  const x = Float64Array.from({ length: d }, random);
  const b = Float64Array.from({ length: d }, random);
  const rows = Float64Array.from({ length: 100 * d }, random);
  const full = Array.from(
    { length: d },
    (_, i) => Array.from({ length: d }, (_, j) => i === j ? 2 : x[i]! * x[j]! / d),
  );
  const packed = pack(full);
  const flat = Float64Array.from(full.flat());
  const factor = new Float64Array(d * d);
  const estimator = new Estimator(d);
  const model = new PlainModel(d, 1000);
  estimator.update(x, b);
  model.update(x, b);
  batch(100, d).set(rows);
  const inverse = new Float64Array(d * d);
  return [
    {
      name: "rankOneUpdate",
      wasm: () => estimator.rankOneUpdate(x),
      plain: () => model.rankOneUpdate(x),
    },
    { name: "update", wasm: () => estimator.update(x, b), plain: () => model.update(x, b) },
    ...[1, 10, 100].flatMap((n) => [
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
    ]),
    {
      name: "invert",
      wasm: () => void invert(packed, d),
      plain: () => void PlainModel.invert(flat, d, factor, inverse),
    },
    {
      name: "rebuild",
      wasm: () => estimator.rebuild(packed, b),
      plain: () => void PlainModel.invert(flat, d, factor, inverse),
    },
  ];
}

for (const d of DIMENSIONS) {
  for (const pair of pairs(d)) {
    const [wasm, plain] = measure(pair);
    console.log(
      `${String(d).padStart(2)}  ${pair.name.padEnd(16)} wasm ${
        wasm.toFixed(1).padStart(8)
      }  plain ${plain.toFixed(1).padStart(8)}  ratio ${(plain / wasm).toFixed(2)}`,
    );
  }
}
