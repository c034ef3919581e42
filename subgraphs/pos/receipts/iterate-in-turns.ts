import { setImmediate } from 'node:timers/promises';

/** A receipt of thousands of lines is written in parts of this size, so that other requests do not wait for it. */
const ITEMS_AT_ONCE = 100;

/** Iterates over items, and gives other requests a turn of the event loop after each hundred. */
export async function* iterateInTurns<Item>(items: Iterable<Item>): AsyncGenerator<Item> {
  let index = 0;
  for (const item of items) {
    if (index > 0 && index % ITEMS_AT_ONCE === 0) await setImmediate();
    index += 1;
    yield item;
  }
}
