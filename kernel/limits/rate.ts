/** Counting how often somebody does something. The counts lie behind a port: in this process's memory, or wherever a store keeps them. */
import { RateLimiterMemory, RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';

/** How somebody stands towards a limit. */
export interface RateState {
  readonly limit: number;
  /** How many are left in this window; never below zero. */
  readonly remaining: number;
  /** Seconds until the window ends, at least 1. */
  readonly resetSeconds: number;
  /** Whether the ones just counted were too many. */
  readonly exceeded: boolean;
}

/** A limit on how often each of many keys may do something within a window of time. */
export interface RateLimiter {
  /** Counts so many under a key; they count even where they are too many. */
  consume(key: string, points?: number): Promise<RateState>;
  /** How a key stands, without counting. */
  peek(key: string): Promise<RateState>;
  /** Shuts a key out for so many seconds, whatever it has done. */
  block(key: string, seconds: number): Promise<void>;
  /** Forgets what a key has done. */
  reset(key: string): Promise<void>;
}

export interface RateRule {
  /** How many in a window. */
  readonly limit: number;
  readonly windowSeconds: number;
}

/** A limiter of a single process. Its counts end with the process. */
export function memoryRateLimiter({ limit, windowSeconds }: RateRule): RateLimiter {
  return new FlexibleLimiter(new RateLimiterMemory({ points: limit, duration: windowSeconds }));
}

/** Any limiter of rate-limiter-flexible, which has one for each kind of store with the same face. */
class FlexibleLimiter implements RateLimiter {
  private readonly limiter: RateLimiterAbstract;

  constructor(limiter: RateLimiterAbstract) {
    this.limiter = limiter;
  }

  async consume(key: string, points = 1): Promise<RateState> {
    try {
      return this.state(await this.limiter.consume(key, points), false);
    } catch (error) {
      // A refusal is thrown as the same kind of answer; anything else is a store that failed.
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
