import { V7Generator } from 'uuidv7';
import type { Clock } from './clock';

/** The source of ids. Operations take it from the context, so that the demo shop and tests are reproducible. */
export interface Ids {
  /** A new UUIDv7: it sorts by the clock's time, and ids made by one source in one millisecond keep their order. */
  next(): string;
}

/** A 32-bit source of randomness; without one the operating system's secure random is used. */
export interface RandomSource {
  nextUint32(): number;
}

export function createIds(clock: Clock, random?: RandomSource): Ids {
  const generator = new V7Generator(random);
  return { next: () => generator.generateOrResetWithTs(clock.now().getTime()).toString() };
}

const UUID_TEXT = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text is a valid id. PostgreSQL raises an error for other texts, while callers expect a 404. */
export function isUuid(text: string): boolean {
  return UUID_TEXT.test(text);
}
