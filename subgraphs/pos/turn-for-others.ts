import { setImmediate } from 'node:timers/promises';

/** A receipt of thousands of lines is written in parts of so many, between which other requests have their turn. */
const LINES_AT_ONCE = 100;

/** Waits for the next turn of the event loop, once in a hundred lines. @param index of the line that comes next. */
export async function turnForOthers(index: number): Promise<void> {
  if (index > 0 && index % LINES_AT_ONCE === 0) await setImmediate();
}
