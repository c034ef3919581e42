import { LRUCache } from 'lru-cache';

/** All caches of this process, so that they can be cleared together. */
const memories = new Set<LRUCache<string, Entry<unknown>>>();

interface Entry<Value> {
  readonly value: Value;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/**
 * A cache of this process for values that every request needs and that rarely change, kept for a few seconds.
 * Unlike `Cache` it keeps live values and is synchronous. A key includes its organization: the cache must not
 * reveal rows that row-level security hides.
 *
 * @example const terms = new Remembered<TillTerms>({ max: 1000, milliseconds: 5000 });
 */
export class Remembered<Value extends NonNullable<unknown>> {
  private readonly entries: LRUCache<string, Entry<Value>>;
  private readonly milliseconds: number;

  /** @param limits the number of values, and their lifetime; the least recently used is removed first. */
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

/** Clears all caches of this process. @returns the number of values. */
export function forgetEverything(): number {
  let forgotten = 0;
  for (const entries of memories) {
    forgotten += entries.size;
    entries.clear();
  }
  return forgotten;
}
