/** Caches of a process: drops by events, races between readers and writers, lifetimes, bounds and numbers. */
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { Caches, droppedBy, type CacheDefinition } from '#kernel/cache';
import { SettableClock } from '#kernel/clock';
import { sql, type Queryable } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { MemoryBus } from '#kernel/events/memory-bus';
import { publicEvent } from '#kernel/events/public-event';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { published } from '#test/harness/events';
import { openShop, type Shop } from '#test/harness/shop';

const shelfChanged = publicEvent<{ ids: readonly string[] }>('shelf.changed', []);
const allChanged = publicEvent<object>('all.changed', []);
const definition = (limits: Partial<CacheDefinition<string>> = {}): CacheDefinition<string> => ({
  name: 'test',
  domain: 'test',
  maxSize: 10,
  lifetimeMs: 1_000,
  drops: [droppedBy(shelfChanged, ({ ids }) => ids), droppedBy(allChanged)],
  ...limits,
});
/** The connection of a reader outside transactions. */
const connectionOf = (organizationId: string) => ({ organizationId }) as Queryable;
const [A, B] = [randomUUID(), randomUUID()];

const start = () => {
  const clock = new SettableClock(new Date('2026-03-01T00:00:00Z'));
  const bus = new MemoryBus(pino({ level: 'silent' }));
  return { clock, bus, caches: new Caches(clock, bus) };
};
const open = (limits?: Partial<CacheDefinition<string>>) => {
  const { clock, caches, bus } = start();
  const cache = caches.of(definition(limits));
  const put = (organizationId: string, value: string, keys = [value], more: object = {}) =>
    cache.keeping(connectionOf(organizationId))({ value, keys, ...more });
  return { clock, caches, bus, cache, put };
};
const changed = (...ids: string[]) => ({
  ...shelfChanged({ key: 'x', payload: { ids } }),
  id: randomUUID(),
});
const emptied = allChanged({ key: 'x', payload: {} });
const everything = { ...emptied, id: randomUUID() };

const publishedIn = (organizationId: string, event: ReturnType<typeof changed>) => ({
  ...event,
  ...{ cursor: '1-1', organizationId, branchId: undefined, at: new Date() },
});

describe('a cache', () => {
  it('keeps no value for longer because the clock was set back', () => {
    const { cache, clock, put } = open();
    put(A, 'tea');
    clock.advance(-3_600_000);
    expect(cache.get(A, 'tea')).toBeUndefined();
    put(A, 'tea');
    expect(cache.get(A, 'tea')).toBe('tea');
  });

  it('finds a value by each of its keys, in its own organization only', () => {
    const { cache, put } = open();
    put(A, 'tea', ['sku 1', 'code 2']);
    expect([cache.get(A, 'sku 1'), cache.get(A, 'code 2'), cache.get(B, 'sku 1')]).toEqual([
      'tea',
      'tea',
      undefined,
    ]);
    expect(cache.counts()).toEqual({ name: 'test', entries: 1, hits: 2, misses: 1, drops: 0 });
  });

  it('has one value for a key: a newer one replaces the older with all its keys', () => {
    const { cache, put } = open();
    put(A, 'old', ['one', 'two']);
    put(A, 'new', ['two', 'three']);
    expect(['one', 'two', 'three'].map((key) => cache.get(A, key))).toEqual([undefined, 'new', 'new']);
  });

  it('never serves a value after its lifetime', () => {
    const { cache, put, clock } = open();
    put(A, 'tea');
    clock.advance(999);
    expect(cache.get(A, 'tea')).toBe('tea');
    clock.advance(1);
    expect(cache.get(A, 'tea')).toBeUndefined();
  });

  it('drops the groups of an event, or all values of its organization', () => {
    const { cache, caches, put } = open();
    for (const organizationId of [A, B]) {
      put(organizationId, 'tea', ['tea'], { group: 'drinks' });
      put(organizationId, 'milk', ['milk'], { group: 'drinks' });
      put(organizationId, 'bread');
    }
    const left = () =>
      [A, B].map((organizationId) =>
        ['tea', 'milk', 'bread'].filter((key) => cache.get(organizationId, key)),
      );
    caches.drop(A, [changed('drinks', 'unknown')]);
    expect(left()).toEqual([['bread'], ['tea', 'milk', 'bread']]);
    caches.drop(B, [everything]);
    expect(left()).toEqual([['bread'], []]);
    expect(cache.counts()).toMatchObject({ entries: 1, drops: 5 });
  });

  it('drops by the events that other processes publish', () => {
    const { cache, bus, put } = open();
    put(A, 'tea', ['tea'], { group: 'drinks' });
    bus.publish(publishedIn(A, changed('drinks')));
    expect(cache.get(A, 'tea')).toBeUndefined();
  });

  it('drops once for a change of its own process: not again when the bus publishes the event', () => {
    const { cache, caches, bus, put } = open();
    const own = changed('drinks');
    put(A, 'old', ['tea'], { group: 'drinks' });
    caches.drop(A, [own]);
    const keep = cache.keeping(connectionOf(A));
    put(A, 'new', ['tea'], { group: 'drinks' });
    bus.publish(publishedIn(A, own));
    // Neither the value nor a reading that is still on its way is from before the change.
    expect(cache.get(A, 'tea')).toBe('new');
    keep({ value: 'newest', keys: ['tea'], group: 'drinks' });
    expect([cache.get(A, 'tea'), cache.counts().drops]).toEqual(['newest', 1]);
    bus.publish(publishedIn(A, changed('drinks')));
    expect([cache.get(A, 'tea'), cache.counts().drops]).toEqual([undefined, 2]);
  });

  it('is bounded: the least recently used goes first, and nothing stays of it', () => {
    const { cache, put } = open({ maxSize: 3 });
    for (const value of ['a', 'b', 'c']) put(A, value);
    cache.get(A, 'a');
    put(B, 'd', ['d'], { size: 2 });
    expect([cache.get(A, 'a'), cache.get(A, 'b'), cache.get(A, 'c'), cache.get(B, 'd')]).toEqual([
      'a',
      undefined,
      undefined,
      'd',
    ]);
    put(A, 'huge', ['huge'], { size: 4 });
    expect([cache.get(A, 'huge'), cache.counts().entries]).toEqual([undefined, 2]);
  });

  it('stays bounded over many organizations', () => {
    const { cache, caches, put } = open({ maxSize: 50 });
    for (let index = 0; index < 20_000; index += 1) {
      const organizationId = `organization ${index}`;
      put(organizationId, 'value', ['key'], { group: 'group' });
      caches.drop(organizationId, [index % 2 === 0 ? changed('group') : changed('other')]);
    }
    const inner = cache as unknown as { shelves: Map<string, unknown>; lastDrops: { size: number } };
    expect([cache.counts().entries, inner.shelves.size, inner.lastDrops.size]).toEqual([50, 50, 10_000]);
  });

  it('counts and clears all caches of the process', () => {
    const { cache, caches, put } = open();
    const other = caches.of<number>({ name: 'other', domain: 'other', maxSize: 1, lifetimeMs: 1, drops: [] });
    other.keeping(connectionOf(B))({ value: 1, keys: ['one'] });
    put(A, 'tea');
    expect(caches.clear()).toBe(2);
    expect([cache.get(A, 'tea'), other.get(B, 'one')]).toEqual([undefined, undefined]);
    expect(caches.counts().map(({ name, entries }) => [name, entries])).toEqual([
      ['list_estimates', 0],
      ['test', 0],
      ['other', 0],
    ]);
  });
});

describe('a reader between a change and its event', () => {
  it('does not keep what it read before the drop', () => {
    const { cache, caches } = open();
    const keep = cache.keeping(connectionOf(A));
    caches.drop(A, [changed('anything')]);
    keep({ value: 'old', keys: ['tea'] });
    expect(cache.get(A, 'tea')).toBeUndefined();
    cache.keeping(connectionOf(A))({ value: 'new', keys: ['tea'] });
    expect(cache.get(A, 'tea')).toBe('new');
  });

  it('is not disturbed by another organization, or by events of other things', () => {
    const { cache, caches } = open();
    caches.drop(B, [everything]);
    const keep = cache.keeping(connectionOf(A));
    caches.drop(B, [everything]);
    caches.drop(A, [{ id: randomUUID(), type: 'stock.changed', key: 'x', payload: {} }]);
    keep({ value: 'tea', keys: ['tea'] });
    expect(cache.get(A, 'tea')).toBe('tea');
  });

  it('does not keep it either where the drop has been forgotten, or everything was cleared', () => {
    const { cache, caches } = open();
    const keeps = [cache.keeping(connectionOf(A)), cache.keeping(connectionOf(A))];
    caches.drop(A, [everything]);
    for (let index = 0; index < 10_000; index += 1) caches.drop(`organization ${index}`, [everything]);
    keeps[0]!({ value: 'old', keys: ['tea'] });
    expect(cache.get(A, 'tea')).toBeUndefined();
    const keep = cache.keeping(connectionOf(B));
    caches.clear();
    keep({ value: 'old', keys: ['tea'] });
    expect(cache.get(B, 'tea')).toBeUndefined();
  });
});

describe('transactions', () => {
  let database: TestDatabase;
  let shop: Shop;
  beforeAll(async () => {
    database = await testDatabase();
    shop = await openShop(database);
  });
  afterAll(() => database.close());
  const nameOf = async (from: Queryable) =>
    (await from.one<{ name: string }>(sql`select name from organizations where id = ${shop.organizationId}`))
      .name;
  const rename = (from: Queryable, name: string) =>
    from.run(sql`update organizations set name = ${name} where id = ${shop.organizationId}`);

  it('drop before they answer, and keep what they read after their commit', async () => {
    const { ctx } = shop;
    const cache = ctx.caches.of(definition({ lifetimeMs: 60_000 }));
    const read = (from: Queryable) => cache.read(from, 'name', () => nameOf(from));
    await read(ctx.db);
    const relayed = published(ctx.bus, allChanged.type);
    await transact(ctx, async (tx) => {
      await rename(tx, 'Renamed');
      tx.emit(emptied);
      expect(cache.get(shop.organizationId, 'name')).toBe('Test Shop');
    });
    expect(cache.get(shop.organizationId, 'name')).toBeUndefined();
    await read(ctx.db);
    // The relay publishes the event to this process, too, which drops nothing more.
    await relayed;
    expect([cache.get(shop.organizationId, 'name'), cache.counts().drops]).toEqual(['Renamed', 1]);
    cache.clear();
    await transact(ctx, async (tx) => {
      expect(await read(tx)).toBe('Renamed');
      expect(cache.get(shop.organizationId, 'name')).toBeUndefined();
    });
    expect(cache.get(shop.organizationId, 'name')).toBe('Renamed');
  });

  it('keep nothing of their own changes, committed or rolled back', async () => {
    const { ctx } = shop;
    const cache = ctx.caches.of(definition({ lifetimeMs: 60_000 }));
    const changing = (fail: boolean) =>
      transact(ctx, async (tx) => {
        await rename(tx, 'Uncommitted');
        tx.emit(emptied);
        await cache.read(tx, 'name', () => nameOf(tx));
        if (fail) throw new Error('rolled back');
      });
    await expect(changing(true)).rejects.toThrow('rolled back');
    expect(cache.get(shop.organizationId, 'name')).toBeUndefined();
    await changing(false);
    expect(cache.get(shop.organizationId, 'name')).toBeUndefined();
  });
});
