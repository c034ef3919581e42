/** Checks that run once a night. */

/** The hour, in UTC, from which the checks of a day run. */
const FIRST_HOUR = 2;
const DAY_MS = 86_400_000;
/** Days before the present one that a check covers: orders and their costs change for about a month. */
const CHECKED_DAYS = 35;

/** A night of checks. All days are "YYYY-MM-DD". */
export interface Night {
  /** The day of the checks, in UTC. */
  readonly today: string;
  /** The business days to check, both inclusive; the last one is that of the time zones ahead of UTC. */
  readonly from: string;
  readonly to: string;
}

/** The night whose checks are due at a moment; undefined before their hour. */
export function nightAt(now: Date): Night | undefined {
  if (now.getUTCHours() < FIRST_HOUR) return undefined;
  const dayAt = (days: number) => new Date(now.getTime() + days * DAY_MS).toISOString().slice(0, 10);
  return { today: dayAt(0), from: dayAt(-CHECKED_DAYS), to: dayAt(1) };
}
