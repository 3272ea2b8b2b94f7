import { RateLimitedError } from "../errors.ts";

/** As much of a limiter of rate-limiter-flexible as is used: it rejects with no Error. */
export interface Limiter {
  consume(client: string): Promise<unknown>;
}

/** Counts the requests of each client. */
export class RateLimit {
  constructor(readonly limiter: Limiter) {}

  /** @throws {RateLimitedError} the client had all that it may have in this second */
  async take(client: string): Promise<void> {
    try {
      await this.limiter.consume(client);
    } catch (refusal) {
      throw refusal instanceof Error ? refusal : new RateLimitedError();
    }
  }
}

/**
 * So many requests a second of each client, counted from its first one. A client is forgotten after
 * that second, so that endless clients take the memory of those of one second.
 */
export async function rateLimit(perS: number): Promise<RateLimit> {
  // Only here, as the package loads a limiter for each database there is.
  const { RateLimiterMemory } = await import("rate-limiter-flexible");
  return new RateLimit(new RateLimiterMemory({ points: perS, duration: 1 }));
}
