import { LRUCache } from 'lru-cache';

/** All memories of this process, so that they can be emptied together. */
const memories = new Set<LRUCache<string, Entry<unknown>>>();

interface Entry<Value> {
  readonly value: Value;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/**
 * What every request needs and what hardly ever changes, remembered by this process for a few seconds. Unlike `Cache` it keeps live
 * values and answers at once. A key names its organization: what row-level security hides from a caller must not come out of a
 * memory.
 *
 * @example const terms = new Remembered<TillTerms>({ max: 1000, milliseconds: 5000 });
 */
export class Remembered<Value extends NonNullable<unknown>> {
  private readonly entries: LRUCache<string, Entry<Value>>;
  private readonly milliseconds: number;

  /** @param limits how many values are kept, and for how long; the one that was not asked for longest goes first. */
  constructor(limits: { readonly max: number; readonly milliseconds: number }) {
    this.entries = new LRUCache({ max: limits.max });
    this.milliseconds = limits.milliseconds;
    memories.add(this.entries as LRUCache<string, Entry<unknown>>);
  }

  get(key: string, now: Date): Value | undefined {
    const entry = this.entries.get(key);
    return entry && entry.until > now.getTime() ? entry.value : undefined;
  }

  set(key: string, value: Value, now: Date): void {
    this.entries.set(key, { value, until: now.getTime() + this.milliseconds });
  }

  delete(key: string): void {
    this.entries.delete(key);
  }
}

/** Empties all memories of this process. @returns how many values there were. */
export function forgetEverything(): number {
  let forgotten = 0;
  for (const entries of memories) {
    forgotten += entries.size;
    entries.clear();
  }
  return forgotten;
}
