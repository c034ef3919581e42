/** Work of a worker that is woken when there is something to do. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createAlarm } from './alarm';
import type { Services } from './context';

/** Other processes leave work too, so a worker looks at this interval even if this process has left none. */
const LOOK_EVERY_MS = 1_000;
/** Minimum time between two looks, however much is left. */
const SHORTEST_PAUSE_MS = 50;

/** Running work. */
export interface WokenWork {
  readonly wake: () => void;
  /** Begins no further round, and waits for the one that runs. */
  readonly stop: () => Promise<void>;
}

/**
 * Runs rounds until it is stopped: one after each wake, and one a second.
 * @param failure logged as a warning if a round fails; the next round tries again.
 * @param round returns whether there may be more to do at once.
 */
export function startWokenWork(
  services: Pick<Services, 'log'>,
  failure: string,
  round: () => Promise<boolean>,
): WokenWork {
  const alarm = createAlarm();
  let stopped = false;
  const isStopped = () => stopped;
  const run = async (): Promise<void> => {
    while (!isStopped()) {
      try {
        if (await round()) alarm.ring();
      } catch (error) {
        if (!isStopped()) services.log.warn({ err: error }, failure);
        alarm.silence();
      }
      if (isStopped()) return;
      await sleep(SHORTEST_PAUSE_MS);
      await alarm.wait(LOOK_EVERY_MS);
    }
  };
  const running = run();
  const stop = async (): Promise<void> => {
    stopped = true;
    alarm.ring();
    await running;
  };
  return { wake: alarm.ring, stop };
}
