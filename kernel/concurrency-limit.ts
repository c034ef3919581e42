import { PosProError } from './errors';

/**
 * Lets a bounded number of costly works run at once; the others wait in line, and the line is bounded too, because a queue that
 * nobody will live to see the end of only makes an overload last longer.
 */
export class Limiter {
  private readonly concurrency: number;
  private readonly maxWaiting: number;
  private readonly line: (() => void)[] = [];
  private active = 0;

  /**
   * @param concurrency how many run at once.
   * @param maxWaiting how many may wait; one more is turned away.
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
   * @throws PosProError UNAVAILABLE (503) at once where the line is full.
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
      // The one that ends hands its place over, so `active` is not touched in between and nobody can slip in.
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
