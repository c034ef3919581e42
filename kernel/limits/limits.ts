/** The limits of a running platform, one set for each configuration. */
import type { Config } from '../config';
import { PosProError } from '../errors';
import { memoryRateLimiter, type RateLimiter, type RateState } from './rate';

/** The lock of an account: number of failures, period, and duration. */
export const LOCKOUT = { failures: 10, withinSeconds: 900, forSeconds: 900 } as const;

/** Wrong codes that a caller may enter within a period, such as those of gift cards. */
export const WRONG_CODES = { codes: 20, withinSeconds: 900 } as const;

export interface Limits {
  /** Operations, by user or by address; undefined without a limit. */
  readonly operations: RateLimiter | undefined;
  /** Operations of visitors of a web shop, by publishable key and address; undefined without a limit. */
  readonly visits: RateLimiter | undefined;
  /** Attempts to sign in and similar, by address and account; undefined without a limit. */
  readonly attempts: RateLimiter | undefined;
  /** Failed logins, by the typed address, whether the account exists or not. */
  readonly failures: RateLimiter;
  /** Attempts on a locked account, of which the audit trail records only a limited number. */
  readonly shutOut: RateLimiter;
  /** Codes that matched nothing, by the caller who entered them. */
  readonly wrongCodes: RateLimiter;
}

const known = new WeakMap<Config, Limits>();

/** The limits of this process. The only place that chooses the store of the counts. */
export function limitsOf({ config }: { readonly config: Config }): Limits {
  let limits = known.get(config);
  if (!limits) {
    const { perMinute, loginsPerMinute, visitorsPerMinute } = config.rateLimits;
    limits = {
      operations: minuteLimiter(perMinute),
      visits: minuteLimiter(visitorsPerMinute),
      attempts: minuteLimiter(loginsPerMinute),
      failures: memoryRateLimiter({ limit: LOCKOUT.failures, windowSeconds: LOCKOUT.withinSeconds }),
      shutOut: memoryRateLimiter({ limit: LOCKOUT.failures, windowSeconds: LOCKOUT.withinSeconds }),
      wrongCodes: memoryRateLimiter({ limit: WRONG_CODES.codes, windowSeconds: WRONG_CODES.withinSeconds }),
    };
    known.set(config, limits);
  }
  return limits;
}

function minuteLimiter(limit: number): RateLimiter | undefined {
  return limit > 0 ? memoryRateLimiter({ limit, windowSeconds: 60 }) : undefined;
}

/** The error for a caller who has reached a limit. @param period in which the limit applies. */
export function rateLimited(state: RateState, what: string, period = 'a minute'): PosProError {
  const { limit, resetSeconds } = state;
  return new PosProError(
    'RATE_LIMITED',
    `${what}: ${limit} ${period} are allowed. Try again in ${resetSeconds} seconds.`,
    {
      retryAfter: resetSeconds,
      details: { limit },
    },
  );
}
