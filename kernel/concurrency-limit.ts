import { PosProError } from './errors';

/**
 * Runs a bounded number of expensive tasks at the same time; the others wait in a queue. The queue is bounded,
 * too, because an endless queue only makes an overload last longer.
 */
export class Limiter {
  private readonly concurrency: number;
  private readonly maxWaiting: number;
  private readonly line: (() => void)[] = [];
  private active = 0;

  /**
   * @param concurrency the number of tasks that run at the same time.
   * @param maxWaiting the number of tasks that may wait; further ones are rejected.
   */
  constructor(concurrency: number, maxWaiting: number) {
    this.concurrency = concurrency;
    this.maxWaiting = maxWaiting;
  }

  get running(): number {
    return this.active;
  }

  get waiting(): number {
    return this.line.length;
  }

  /**
   * Runs the work when its turn comes.
   * @throws PosProError UNAVAILABLE (503) immediately if the queue is full.
   */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.active >= this.concurrency) {
      if (this.line.length >= this.maxWaiting) {
        throw new PosProError(
          'UNAVAILABLE',
          'Too many of these are already waiting. Try again in a moment.',
          { retryAfter: 5 },
        );
      }
      // An ending task hands its place over without changing `active`, so no other task can take it in between.
      await new Promise<void>((resolve) => this.line.push(resolve));
    } else {
      this.active += 1;
    }
    try {
      return await work();
    } finally {
      const next = this.line.shift();
      if (next) next();
      else this.active -= 1;
    }
  }
}
