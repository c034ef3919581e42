/** The moments at which a failed delivery is tried again. Pure. */

/** Time for which a delivery is tried. */
export const RETRY_PERIOD_MS = 3 * 24 * 3_600_000;
const FIRST_PAUSE_MS = 10_000;
const MAX_PAUSE_MS = 4 * 3_600_000;
/** Random share by which pauses differ in both directions, so that deliveries that failed together are not sent together again. */
const JITTER = 0.2;

/**
 * The pause in milliseconds after a number of failed attempts: 10 seconds, doubled each time up to four hours, plus or minus a fifth.
 * @param random from 0 to 1.
 */
export function pauseMs(attempts: number, random: number): number {
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(attempts - 1, 30), MAX_PAUSE_MS);
  return Math.round(pause * (1 - JITTER + 2 * JITTER * random));
}

/** The moment of the next attempt; undefined if the delivery is given up. */
export function nextAttempt(now: Date, attempts: number, tryUntil: Date, random: number): Date | undefined {
  const next = new Date(now.getTime() + pauseMs(attempts, random));
  return next > tryUntil ? undefined : next;
}
