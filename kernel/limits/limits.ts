/** The limits that a running platform has, one set for each configuration. */
import type { Config } from '../config';
import { PosProError } from '../errors';
import { memoryRateLimiter, type RateLimiter, type RateState } from './rate';

/** An account is shut after so many failures within so long, for so long. */
export const LOCKOUT = { failures: 10, withinSeconds: 900, forSeconds: 900 } as const;

export interface Limits {
  /** Operations, by user or by address; undefined where there is no limit. */
  readonly operations: RateLimiter | undefined;
  /** Attempts to sign in and the like, by address and account; undefined where there is no limit. */
  readonly attempts: RateLimiter | undefined;
  /** Failed logins, by the address that was typed in, whether there is such an account or not. */
  readonly failures: RateLimiter;
  /** Attempts at an account that is shut already, of which the audit trail takes only so many. */
  readonly shutOut: RateLimiter;
}

const known = new WeakMap<Config, Limits>();

/** The limits of this process. The one place that decides where the counts are kept. */
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

/** The answer to somebody who has reached a limit. */
export function rateLimited(state: RateState, what: string): PosProError {
  const { limit, resetSeconds } = state;
  return new PosProError(
    'RATE_LIMITED',
    `${what}: ${limit} a minute are allowed. Try again in ${resetSeconds} seconds.`,
    {
      retryAfter: resetSeconds,
      facts: { limit },
    },
  );
}
