/** Waits: for a server that is busy, and for a condition. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PosProError } from '#kernel/errors';

/** Repeats what is refused as UNAVAILABLE, so that a test of many callers at once says the same on a slow machine. */
export async function patiently<Result>(work: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof PosProError) || error.code !== 'UNAVAILABLE') throw error;
      await sleep(50);
    }
  }
}

/** Waits until a condition holds. @throws Error after ten seconds. */
export async function eventually(
  holds: () => boolean,
  message: () => string = () => 'the condition never held',
): Promise<void> {
  for (let waitedMs = 0; !holds(); waitedMs += 10) {
    if (waitedMs > 10_000) throw new Error(message());
    await sleep(10);
  }
}
