/**
 * Caches of live values in this process, by organization. A change drops what it concerns by its event: in the process of the change
 * before its transaction answers (transact.ts), elsewhere when the bus has the event. docs/CACHING.md lists what is cached.
 */
import { LRUCache } from 'lru-cache';
import { systemClock, type Clock } from './clock';
import type { DomainEvent, IdentifiedEvent, Queryable, Transaction } from './db/database';
import type { EventBus } from './events/bus';
import type { PublicEvent } from './events/public-event';

/** An event that drops entries. */
export interface DropRule {
  readonly type: string;
  /** The groups to drop; undefined drops all entries of the organization. */
  readonly groupsOf?: (event: DroppingEvent) => readonly string[];
}

type DroppingEvent = Pick<DomainEvent, 'type' | 'key' | 'payload'>;

/** A rule for a public event. @param groupsOf the groups that it concerns. Optional; defaults to the whole organization. */
export function droppedBy<Payload extends object>(
  { type }: PublicEvent<Payload>,
  groupsOf?: (payload: Payload) => readonly string[],
): DropRule {
  return groupsOf ? { type, groupsOf: ({ payload }) => groupsOf(payload as Payload) } : { type };
}

/** One kind of cached values. Each process has one cache of it; see `Caches.of`. */
export interface CacheDefinition<Value extends NonNullable<unknown>> {
  /** Its name in metrics, for example "catalog_items". */
  readonly name: string;
  /** The domain with which it is cleared: one of domains.json, or a name of its own. */
  readonly domain: string;
  /** Maximum sum of the sizes of all entries; the least recently used is removed first. */
  readonly maxSize: number;
  /** Maximum age of a served value. */
  readonly lifetimeMs: number;
  readonly drops: readonly DropRule[];
  /** Only carries the type of the values. */
  readonly value?: Value;
}

/** A value to keep. */
export interface NewEntry<Value> {
  readonly value: Value;
  /** The keys that find it. Another entry with one of them is replaced. */
  readonly keys: readonly string[];
  /** The group with which it is dropped. Optional. */
  readonly group?: string;
  /** Defaults to 1. */
  readonly size?: number;
  /** A shorter lifetime than the cache's, counted from the moment when it is kept. Optional. */
  readonly lifetimeMs?: number;
  /** The domain with which it is cleared. Defaults to the cache's. */
  readonly domain?: string;
}

/** The entries to clear: those that meet each of the given conditions. */
export interface ClearScope {
  readonly organizationId?: string | undefined;
  readonly domain?: string;
}

/** Keeps values that were read after it was made, unless something that they may depend on has changed in between. */
export type Keep<Value> = (entry: NewEntry<Value>) => void;

interface Entry<Value> extends NewEntry<Value> {
  readonly organizationId: string;
  /** Milliseconds since 1970, as the next. */
  readonly fromMs: number;
  readonly untilMs: number;
}

/** An entry of the future is of a clock that was set back since: its age is unknown. */
function isValidAt(nowMs: number, { fromMs, untilMs }: Pick<Entry<unknown>, 'fromMs' | 'untilMs'>): boolean {
  return fromMs <= nowMs && nowMs < untilMs;
}

/** The entries of one organization. */
interface Shelf<Value> {
  readonly byKey: Map<string, Entry<Value>>;
  readonly byGroup: Map<string, Set<Entry<Value>>>;
}

/** Numbers of one cache since the start of the process. */
export interface CacheCounts {
  readonly name: string;
  readonly entries: number;
  readonly hits: number;
  readonly misses: number;
  /** Entries that a change dropped. */
  readonly drops: number;
}

/** Number of organizations whose last drop is remembered exactly. */
const MAX_DROPS = 10_000;

/** The cached values of one kind. Every key belongs to an organization: the cache must not reveal rows that row-level security hides. */
export class Cache<Value extends NonNullable<unknown>> {
  private readonly shelves = new Map<string, Shelf<Value>>();
  private readonly entries: LRUCache<Entry<Value>, true>;
  /** Rises with each drop: a value that was read before a drop of its organization is not kept after it. */
  private time = 0;
  private readonly lastDrops: LRUCache<string, number>;
  /** The latest drop of organizations that are no longer in `lastDrops`. */
  private forgottenDrop = 0;
  private hits = 0;
  private misses = 0;
  private drops = 0;

  constructor(
    private readonly definition: CacheDefinition<Value>,
    private readonly clock: Clock,
  ) {
    this.entries = new LRUCache({
      maxSize: definition.maxSize,
      dispose: (_, entry) => this.unlink(entry),
    });
    this.lastDrops = new LRUCache({
      max: MAX_DROPS,
      dispose: (time, _, reason) => {
        if (reason === 'evict') this.forgottenDrop = Math.max(this.forgottenDrop, time);
      },
    });
  }

  get(organizationId: string, key: string): Value | undefined {
    const entry = this.shelves.get(organizationId)?.byKey.get(key);
    if (!entry || !isValidAt(this.clock.now().getTime(), entry)) {
      this.misses += 1;
      return undefined;
    }
    this.hits += 1;
    this.entries.get(entry);
    return entry.value;
  }

  /**
   * Call it before reading from the database. Values that a transaction read are kept after its commit: it may read its own changes,
   * and be rolled back.
   */
  keeping(db: Queryable): Keep<Value> {
    const { organizationId } = db;
    const readTime = this.time;
    return (entry) =>
      whenCommitted(db, () => {
        if ((this.lastDrops.get(organizationId) ?? this.forgottenDrop) <= readTime)
          this.add(organizationId, entry);
      });
  }

  /** The value of a key in the connection's organization; read and kept if it is not cached. */
  async read(db: Queryable, key: string, read: () => Promise<Value>): Promise<Value> {
    const cached = this.get(db.organizationId, key);
    if (cached !== undefined) return cached;
    const keep = this.keeping(db);
    const value = await read();
    keep({ value, keys: [key] });
    return value;
  }

  /** Drops what an event concerns. */
  drop(organizationId: string, event: DroppingEvent): void {
    for (const { type, groupsOf } of this.definition.drops) {
      if (type !== event.type) continue;
      this.time += 1;
      this.lastDrops.set(organizationId, this.time);
      const shelf = this.shelves.get(organizationId);
      if (!shelf) continue;
      const entries = groupsOf
        ? groupsOf(event).flatMap((group) => [...(shelf.byGroup.get(group) ?? [])])
        : new Set(shelf.byKey.values());
      for (const entry of entries) this.drops += Number(this.entries.delete(entry));
    }
  }

  /** Drops everything, or the entries of one organization or domain. @returns the number of entries. */
  clear({ organizationId, domain }: ClearScope = {}): number {
    this.time += 1;
    if (organizationId === undefined) {
      this.forgottenDrop = this.time;
      this.lastDrops.clear();
    } else this.lastDrops.set(organizationId, this.time);
    const cleared = [...this.entries.keys()].filter(
      (entry) =>
        (organizationId === undefined || entry.organizationId === organizationId) &&
        (domain === undefined || (entry.domain ?? this.definition.domain) === domain),
    );
    for (const entry of cleared) this.entries.delete(entry);
    return cleared.length;
  }

  get domain(): string {
    return this.definition.domain;
  }

  counts(): CacheCounts {
    const { hits, misses, drops } = this;
    return { name: this.definition.name, entries: this.entries.size, hits, misses, drops };
  }

  private add(organizationId: string, given: NewEntry<Value>): void {
    for (const key of given.keys) {
      const replaced = this.shelves.get(organizationId)?.byKey.get(key);
      if (replaced) this.entries.delete(replaced);
    }
    const { lifetimeMs } = this.definition;
    const fromMs = this.clock.now().getTime();
    const untilMs = fromMs + Math.min(given.lifetimeMs ?? lifetimeMs, lifetimeMs);
    const entry = { ...given, organizationId, fromMs, untilMs };
    this.entries.set(entry, true, { size: entry.size ?? 1 });
    // Nothing is kept that is larger than the whole cache.
    if (this.entries.has(entry)) this.link(entry);
  }

  private link(entry: Entry<Value>): void {
    const { organizationId, keys, group } = entry;
    const shelf: Shelf<Value> = this.shelves.get(organizationId) ?? {
      byKey: new Map(),
      byGroup: new Map(),
    };
    this.shelves.set(organizationId, shelf);
    for (const key of keys) shelf.byKey.set(key, entry);
    if (group === undefined) return;
    const members = shelf.byGroup.get(group) ?? new Set<Entry<Value>>();
    shelf.byGroup.set(group, members.add(entry));
  }

  private unlink(entry: Entry<Value>): void {
    const { organizationId, keys, group } = entry;
    const shelf = this.shelves.get(organizationId);
    if (!shelf) return;
    for (const key of keys) shelf.byKey.delete(key);
    if (group !== undefined) {
      const members = shelf.byGroup.get(group);
      members?.delete(entry);
      if (members?.size === 0) shelf.byGroup.delete(group);
    }
    if (shelf.byKey.size === 0) this.shelves.delete(organizationId);
  }
}

/** Runs work immediately, or after the commit of a transaction. */
function whenCommitted(db: Queryable | Transaction, work: () => void): void {
  if ('afterCommit' in db) db.afterCommit(work);
  else work();
}

/** The caches made by `processCache`. */
const processCaches: Cache<NonNullable<unknown>>[] = [];

/** A cache that no event drops, for functions without a context. `Caches` counts and clears it, too. */
export function processCache<Value extends NonNullable<unknown>>(
  definition: Omit<CacheDefinition<Value>, 'drops'>,
): Cache<Value> {
  const cache = new Cache<Value>({ ...definition, drops: [] }, systemClock);
  processCaches.push(cache as unknown as Cache<NonNullable<unknown>>);
  return cache;
}

/** Number of events that are remembered until the bus publishes them: far more than are committed in that time. */
const MAX_DROPPED_EVENTS = 10_000;

/** All caches of a process. */
export class Caches {
  private readonly caches = new Map<unknown, Cache<NonNullable<unknown>>>();
  private readonly followedTypes = new Set<string>();
  /** The ids of events whose drops were done before the bus published them: of this process, and early ones of others. */
  private readonly droppedEvents = new LRUCache<string, true>({ max: MAX_DROPPED_EVENTS });

  constructor(
    private readonly clock: Clock,
    private readonly bus: EventBus,
  ) {}

  /** The cache of a definition; made, and subscribed to the events that drop its entries, on first use. */
  of<Value extends NonNullable<unknown>>(definition: CacheDefinition<Value>): Cache<Value> {
    const existing = this.caches.get(definition) as Cache<Value> | undefined;
    if (existing) return existing;
    const cache = new Cache(definition, this.clock);
    this.caches.set(definition, cache as unknown as Cache<NonNullable<unknown>>);
    for (const { type } of definition.drops) this.follow(type);
    return cache;
  }

  /** Drops what the events of a committed transaction concern; not again when the bus publishes them. */
  drop(organizationId: string, events: readonly IdentifiedEvent[]): void {
    for (const event of events) {
      this.droppedEvents.set(event.id, true);
      for (const cache of this.caches.values()) cache.drop(organizationId, event);
    }
  }

  /** Drops what events of this type concern, once for each event. */
  private follow(type: string): void {
    if (this.followedTypes.has(type)) return;
    this.followedTypes.add(type);
    this.bus.subscribeEarly(type, (event) => {
      // A second drop would only remove values that were read after the change.
      if (!this.droppedEvents.has(event.id)) this.drop(event.organizationId, [event]);
    });
  }

  /** Drops everything, or the entries of one organization or domain. @returns the number of entries. */
  clear(scope?: ClearScope): number {
    return this.all().reduce((count, cache) => count + cache.clear(scope), 0);
  }

  /** The domains of the caches that have been used. */
  domains(): string[] {
    return [...new Set(this.all().map((cache) => cache.domain))];
  }

  /** Numbers of each cache that has been used. */
  counts(): CacheCounts[] {
    return this.all().map((cache) => cache.counts());
  }

  private all(): Cache<NonNullable<unknown>>[] {
    return [...processCaches, ...this.caches.values()];
  }
}
