import { PosProError } from './errors';

/**
 * Waits for some work, but not longer than a number of milliseconds. Late work still goes on.
 * @param lateError makes the error of late work. Optional; defaults to UNAVAILABLE.
 * @throws Error where the work is late.
 */
export async function inTime<Result>(
  work: Promise<Result>,
  milliseconds: number,
  lateError = (limit: number): Error =>
    new PosProError('UNAVAILABLE', `There was no answer within ${limit} ms.`),
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(lateError(milliseconds)), milliseconds);
    timer.unref();
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
