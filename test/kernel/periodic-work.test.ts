import { startPeriodicWork } from '#kernel/periodic-work';
import { pino } from 'pino';

const log = pino({ level: 'silent' });

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

describe('periodic work', () => {
  it('starts no round before the one before has ended, and stops after the last', async () => {
    let started = 0;
    let finish: () => void = () => undefined;
    const stop = startPeriodicWork({ log }, { intervalMs: 10, failure: 'failed' }, () => {
      started += 1;
      return new Promise<void>((resolve) => (finish = resolve));
    });
    await jest.advanceTimersByTimeAsync(35);
    expect(started).toBe(1);
    finish();
    await jest.advanceTimersByTimeAsync(10);
    expect(started).toBe(2);
    const stopped = stop();
    finish();
    await stopped;
    await jest.advanceTimersByTimeAsync(100);
    expect(started).toBe(2);
  });

  it('starts a first round before the interval where it is asked for, and none once it is stopped', async () => {
    let started = 0;
    const work = () => Promise.resolve((started += 1));
    const times = { firstAfterMs: 4, intervalMs: 10, failure: 'failed' };
    const stop = startPeriodicWork({ log }, times, work);
    await jest.advanceTimersByTimeAsync(9);
    expect(started).toBe(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(started).toBe(2);
    await stop();
    await startPeriodicWork({ log }, times, work)();
    await jest.advanceTimersByTimeAsync(100);
    expect(started).toBe(2);
  });

  it('goes on after a failed round, which is logged', async () => {
    const warn = jest.spyOn(log, 'warn').mockImplementation(() => undefined);
    let started = 0;
    const stop = startPeriodicWork({ log }, { intervalMs: 10, failure: 'the work failed' }, () => {
      started += 1;
      return Promise.reject(new Error('down'));
    });
    await jest.advanceTimersByTimeAsync(25);
    await stop();
    expect(started).toBe(2);
    expect(warn.mock.calls.map(([, message]) => message)).toEqual(['the work failed', 'the work failed']);
  });
});
