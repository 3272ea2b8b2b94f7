import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** A source of uniform numbers in [0, 1): the same ones for the same seed, any without one. */
export function random(seed: number | undefined): () => number {
  if (seed === undefined) return Math.random;
  const generator = xoroshiro128plus(seed);
  return () => uniformFloat64(generator);
}

const POOL_BYTES = 4096;

/** A source of random bytes that nobody can guess: drawn many at a time, each given out once. */
export function randomBytes(): (length: number) => Uint8Array {
  let pool = new Uint8Array();
  let at = 0;
  return (length) => {
    if (at + length > pool.length) {
      pool = crypto.getRandomValues(new Uint8Array(Math.max(POOL_BYTES, length)));
      at = 0;
    }
    return pool.subarray(at, at += length);
  };
}
