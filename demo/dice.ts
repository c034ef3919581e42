import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomSource } from '#kernel/ids';

/** Reproducible randomness, so that two demo shops are equal to the last receipt. */
export interface Dice {
  /** A whole number, both ends included. */
  between(low: number, high: number): number;
  /** One of a list, each equally likely. */
  pick<Item>(items: readonly Item[]): Item;
  /** True in the given percentage of cases. */
  chance(percent: number): boolean;
  /** Randomness for ids. */
  readonly source: RandomSource;
}

export function createDice(seed: number): Dice {
  const generator = xoroshiro128plus(seed);
  const between = (low: number, high: number) => uniformInt(generator, low, high);
  return {
    between,
    pick: (items) => items[between(0, items.length - 1)]!,
    chance: (percent) => between(1, 100) <= percent,
    source: { nextUint32: () => generator.next() >>> 0 },
  };
}
