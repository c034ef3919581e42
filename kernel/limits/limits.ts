/** The limits of a running platform, one set for each configuration. */
import type { Config } from '../config';
import { PosProError } from '../errors';
import { memoryRateLimiter, type RateLimiter, type RateState } from './rate';

/** The lock of an account: number of failures, period, and duration. */
export const LOCKOUT = { failures: 10, withinSeconds: 900, forSeconds: 900 } as const;

export interface Limits {
  /** Operations, by user or by address; undefined without a limit. */
  readonly operations: RateLimiter | undefined;
  /** Attempts to sign in and similar, by address and account; undefined without a limit. */
  readonly attempts: RateLimiter | undefined;
  /** Failed logins, by the typed address, whether the account exists or not. */
  readonly failures: RateLimiter;
  /** Attempts on a locked account, of which the audit trail records only a limited number. */
  readonly shutOut: RateLimiter;
}

const known = new WeakMap<Config, Limits>();

/** The limits of this process. The only place that chooses the store of the counts. */
export function limitsOf({ config }: { readonly config: Config }): Limits {
  let limits = known.get(config);
  if (!limits) {
    const { perMinute, loginsPerMinute } = config.rateLimits;
    limits = {
      operations: perMinute > 0 ? memoryRateLimiter({ limit: perMinute, windowSeconds: 60 }) : undefined,
      attempts:
        loginsPerMinute > 0 ? memoryRateLimiter({ limit: loginsPerMinute, windowSeconds: 60 }) : undefined,
      failures: memoryRateLimiter({ limit: LOCKOUT.failures, windowSeconds: LOCKOUT.withinSeconds }),
      shutOut: memoryRateLimiter({ limit: LOCKOUT.failures, windowSeconds: LOCKOUT.withinSeconds }),
    };
    known.set(config, limits);
  }
  return limits;
}

/** The error for a caller who has reached a limit. */
export function rateLimited(state: RateState, what: string): PosProError {
  const { limit, resetSeconds } = state;
  return new PosProError(
    'RATE_LIMITED',
    `${what}: ${limit} a minute are allowed. Try again in ${resetSeconds} seconds.`,
    {
      retryAfter: resetSeconds,
      details: { limit },
    },
  );
}
