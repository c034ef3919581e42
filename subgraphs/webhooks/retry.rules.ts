/** When a failed delivery is tried again. Pure. */

/** How long a delivery is tried. */
export const TRY_FOR_MS = 3 * 24 * 3_600_000;
const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 4 * 3_600_000;
/** Pauses differ by so much to either side, so that what failed together is not sent together again. */
const JITTER = 0.2;

/**
 * The pause after so many failed attempts: 10 seconds, doubled each time up to four hours, give or take a fifth.
 * @param random from 0 to 1.
 */
export function pauseAfter(attempts: number, random: number): number {
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(attempts - 1, 30), LONGEST_PAUSE_MS);
  return Math.round(pause * (1 - JITTER + 2 * JITTER * random));
}

/** The moment of the next attempt; undefined where the delivery is given up. */
export function nextAttempt(now: Date, attempts: number, tryUntil: Date, random: number): Date | undefined {
  const next = new Date(now.getTime() + pauseAfter(attempts, random));
  return next > tryUntil ? undefined : next;
}
