/** The limits of a running platform, one set for each configuration. */
import type { Config } from '../config';
import { PosProError } from '../errors';
import { memoryRateLimiter, type RateLimiter, type RateRule, type RateState } from './rate';

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

/** Makes the limiter of a rule. @param name unique among all limits. */
type LimiterStore = (name: string, rule: RateRule) => RateLimiter;

const known = new WeakMap<Config, Limits>();

/** Counts the limits of a configuration in a store that processes share, from the start of the platform on. */
export function countLimitsIn(config: Config, store: LimiterStore): void {
  known.set(config, createLimits(config, store));
}

/** The limits of this process: counted in its memory, unless `countLimitsIn` has chosen another store. */
export function limitsOf({ config }: { readonly config: Config }): Limits {
  let limits = known.get(config);
  if (!limits) {
    limits = createLimits(config, (_, rule) => memoryRateLimiter(rule));
    known.set(config, limits);
  }
  return limits;
}

function createLimits({ rateLimits }: Config, store: LimiterStore): Limits {
  const { perMinute, loginsPerMinute, visitorsPerMinute } = rateLimits;
  const aMinute = (name: string, limit: number): RateLimiter | undefined =>
    limit > 0 ? store(name, { limit, windowSeconds: 60 }) : undefined;
  const ofFailures = { limit: LOCKOUT.failures, windowSeconds: LOCKOUT.withinSeconds };
  return {
    operations: aMinute('operations', perMinute),
    visits: aMinute('visits', visitorsPerMinute),
    attempts: aMinute('attempts', loginsPerMinute),
    failures: store('failures', ofFailures),
    shutOut: store('shutOut', ofFailures),
    wrongCodes: store('wrongCodes', { limit: WRONG_CODES.codes, windowSeconds: WRONG_CODES.withinSeconds }),
  };
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
