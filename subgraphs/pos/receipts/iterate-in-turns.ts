import { setImmediate } from 'node:timers/promises';

/** A receipt of thousands of lines is written in parts of so many, between which other requests have their turn. */
const ITEMS_AT_ONCE = 100;

/** The items one after the other; after each hundred, other requests have a turn of the event loop. */
export async function* iterateInTurns<Item>(items: Iterable<Item>): AsyncGenerator<Item> {
  let index = 0;
  for (const item of items) {
    if (index > 0 && index % ITEMS_AT_ONCE === 0) await setImmediate();
    index += 1;
    yield item;
  }
}
