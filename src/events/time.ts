/** What stands after the seconds, without the zone. */
const PARTS = /^(.*T\d\d:\d\d(?::\d\d)?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?$/;

/**
 * The instant of an ISO 8601 time, in nanoseconds since 1970; without an offset it is UTC.
 * Date alone is not enough: it forgets what is below a millisecond. Undefined for other texts.
 */
export function instantOf(text: string): bigint | undefined {
  const match = PARTS.exec(text);
  if (!match) return undefined;
  const [, seconds, fraction = "", zone = "Z"] = match;
  const ms = Date.parse(`${seconds}${zone}`);
  if (Number.isNaN(ms)) return undefined;
  return BigInt(ms) * 1_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, "0"));
}

/** Nanoseconds since 1970 as ISO 8601, none of them lost. */
export function isoOf(nanos: bigint): string {
  const seconds = new Date(Number(nanos / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(nanos % 1_000_000_000n).padStart(9, "0")}Z`;
}
