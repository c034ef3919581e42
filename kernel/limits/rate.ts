/** Rate limits. The counts are behind an interface: in the memory of this process, or in another store. */
import { RateLimiterMemory, RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';

/** The state of a key with respect to a limit. */
export interface RateState {
  readonly limit: number;
  /** Remaining number in this window; never below zero. */
  readonly remaining: number;
  /** Seconds until the window ends, at least 1. */
  readonly resetSeconds: number;
  /** Whether the last count exceeded the limit. */
  readonly exceeded: boolean;
}

/** A limit per key within a window of time. */
export interface RateLimiter {
  /** Adds to the count of a key, even above the limit. */
  consume(key: string, points?: number): Promise<RateState>;
  /** The state of a key, without counting. */
  peek(key: string): Promise<RateState>;
  /** Blocks a key for the given seconds, regardless of its count. */
  block(key: string, seconds: number): Promise<void>;
  /** Resets a key. */
  reset(key: string): Promise<void>;
}

export interface RateRule {
  /** Maximum in a window. */
  readonly limit: number;
  readonly windowSeconds: number;
}

/** A limiter of a single process. Its counts end with the process. */
export function memoryRateLimiter({ limit, windowSeconds }: RateRule): RateLimiter {
  return flexibleRateLimiter(new RateLimiterMemory({ points: limit, duration: windowSeconds }));
}

/** A limiter whose counts are in a store of rate-limiter-flexible. */
export function flexibleRateLimiter(limiter: RateLimiterAbstract): RateLimiter {
  return new FlexibleLimiter(limiter);
}

/** Any limiter of rate-limiter-flexible, which has one for each kind of store with the same interface. */
class FlexibleLimiter implements RateLimiter {
  private readonly limiter: RateLimiterAbstract;

  constructor(limiter: RateLimiterAbstract) {
    this.limiter = limiter;
  }

  async consume(key: string, points = 1): Promise<RateState> {
    try {
      return this.state(await this.limiter.consume(key, points), false);
    } catch (error) {
      // An exceeded limit is thrown as the same type; any other error is a failure of the store.
      if (error instanceof RateLimiterRes) return this.state(error, true);
      throw error;
    }
  }

  async peek(key: string): Promise<RateState> {
    const known = await this.limiter.get(key);
    const { points, duration } = this.limiter;
    if (!known) return { limit: points, remaining: points, resetSeconds: duration, exceeded: false };
    return this.state(known, known.consumedPoints > points);
  }

  async block(key: string, seconds: number): Promise<void> {
    await this.limiter.block(key, seconds);
  }

  async reset(key: string): Promise<void> {
    await this.limiter.delete(key);
  }

  private state({ remainingPoints, msBeforeNext }: RateLimiterRes, exceeded: boolean): RateState {
    return {
      limit: this.limiter.points,
      remaining: Math.max(0, remainingPoints),
      resetSeconds: Math.max(1, Math.ceil(msBeforeNext / 1000)),
      exceeded,
    };
  }
}
