import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** A source of uniform numbers in [0, 1): the same ones for the same seed, any without one. */
export function random(seed: number | undefined): () => number {
  if (seed === undefined) return Math.random;
  const generator = xoroshiro128plus(seed);
  return () => uniformFloat64(generator);
}
