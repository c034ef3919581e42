/** Work of a worker that runs again and again. */
import type { Services } from './context';
import type { Stop } from './graph/subgraph';

/**
 * Runs work at intervals until it is stopped. A round that takes longer than the interval is not overtaken by the next.
 * @param firstAfterMs time before a first round that does not wait for the interval. Optional.
 * @param failure logged as a warning if a round fails; the next round tries again.
 */
export function startPeriodicWork(
  services: Pick<Services, 'log'>,
  { intervalMs, firstAfterMs, failure }: { intervalMs: number; firstAfterMs?: number; failure: string },
  work: () => Promise<unknown>,
): Stop {
  let round: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    try {
      await work();
    } catch (error) {
      services.log.warn({ err: error }, failure);
    } finally {
      round = undefined;
    }
  };
  const start = (): void => {
    round ??= run();
  };
  const first = firstAfterMs === undefined ? undefined : setTimeout(start, firstAfterMs).unref();
  const timer = setInterval(start, intervalMs).unref();
  return async () => {
    clearTimeout(first);
    clearInterval(timer);
    await round;
  };
}
