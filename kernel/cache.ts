import { LRUCache } from 'lru-cache';

/** A cache of plain values by key. Losing an entry is always harmless. */
export interface Cache {
  get(key: string): Promise<unknown>;
  /** @param ttlMilliseconds how long the value may be served. */
  set(key: string, value: NonNullable<unknown>, ttlMilliseconds: number): Promise<void>;
  delete(key: string): Promise<void>;
  /** Removes all entries. @returns their number. */
  clear(): Promise<number>;
}

/** The cache of a single process: bounded in entries, least recently used goes first. */
export class MemoryCache implements Cache {
  private readonly entries: LRUCache<string, NonNullable<unknown>>;

  constructor(maxEntries = 10_000) {
    this.entries = new LRUCache({ max: maxEntries });
  }

  get(key: string): Promise<unknown> {
    return Promise.resolve(this.entries.get(key));
  }

  set(key: string, value: NonNullable<unknown>, ttlMilliseconds: number): Promise<void> {
    this.entries.set(key, value, { ttl: ttlMilliseconds });
    return Promise.resolve();
  }

  delete(key: string): Promise<void> {
    this.entries.delete(key);
    return Promise.resolve();
  }

  clear(): Promise<number> {
    const count = this.entries.size;
    this.entries.clear();
    return Promise.resolve(count);
  }
}
