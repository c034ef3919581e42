import { nextAttempt, pauseMs, RETRY_PERIOD_MS } from '#subgraphs/webhooks/retry.rules';

const SECOND = 1_000;
const HOUR = 3_600_000;

describe('the pause before the next attempt', () => {
  it('is ten seconds, doubled after each failure up to four hours', () => {
    const pauses = [1, 2, 3, 11, 12, 31, 32, 1000].map((attempts) => pauseMs(attempts, 0.5));
    expect(pauses).toEqual([
      10 * SECOND, 20 * SECOND, 40 * SECOND, 10_240 * SECOND, 4 * HOUR, 4 * HOUR, 4 * HOUR, 4 * HOUR,
    ]); // prettier-ignore
  });

  it('differs by a fifth to either side', () => {
    expect([0, 0.25, 0.5, 0.75, 1].map((random) => pauseMs(1, random))).toEqual([
      8_000, 9_000, 10_000, 11_000, 12_000,
    ]);
    expect([pauseMs(40, 0), pauseMs(40, 1)]).toEqual([3.2 * HOUR, 4.8 * HOUR]);
    expect(pauseMs(1, 0.00012)).toBe(8_000);
  });
});

describe('the next attempt', () => {
  const now = new Date('2026-01-31T12:00:00Z');
  const within = (milliseconds: number) => new Date(now.getTime() + milliseconds);

  it('follows the pause, for three days', () => {
    expect(RETRY_PERIOD_MS).toBe(72 * HOUR);
    expect(nextAttempt(now, 1, within(RETRY_PERIOD_MS), 0.5)).toEqual(within(10 * SECOND));
  });

  it('is given up after the last moment, not at it', () => {
    expect(nextAttempt(now, 1, within(10 * SECOND), 0.5)).toEqual(within(10 * SECOND));
    expect(nextAttempt(now, 1, within(10 * SECOND - 1), 0.5)).toBeUndefined();
  });
});
