/** What a client does that is told that the server is busy: it asks again. */
import { setTimeout } from 'node:timers/promises';
import { PosProError } from '#kernel/errors';

/** Repeats what is refused as UNAVAILABLE, so that a test of many callers at once says the same on a slow machine. */
export async function patiently<Result>(work: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof PosProError) || error.code !== 'UNAVAILABLE') throw error;
      await setTimeout(50);
    }
  }
}
