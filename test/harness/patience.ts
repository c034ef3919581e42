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

/** Waits until a condition holds. @throws Error after the limit, ten seconds by default. */
export async function eventually(
  holds: () => boolean | Promise<boolean>,
  message: () => string = () => 'the condition never held',
  { limitMs = 10_000, pauseMs = 10 } = {},
): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(message());
    await sleep(pauseMs);
  }
}
