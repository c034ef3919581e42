import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { MemoryBus } from '#kernel/events/memory-bus';
import { presentCursor, readEvents } from '#kernel/events/outbox';
import { EVENT_LIFETIME_MS, KERNEL_RETENTION, pruneRows } from '#kernel/retention';
import type { PublishedEvent } from '#kernel/events/bus';
import { SettableClock } from '#kernel/clock';
import type { RequestContext } from '#kernel/context';
import { withDatabase } from '#test/harness/server';
import { testDatabase, type TestDatabase } from '#test/harness/database';

function listen(
  ctx: RequestContext,
  type: string,
): { events: PublishedEvent[]; until: (count: number) => Promise<void> } {
  const events: PublishedEvent[] = [];
  ctx.bus.subscribe(type, (event) => events.push(event));
  const until = async (count: number) => {
    for (let waited = 0; events.length < count && waited < 5_000; waited += 5) await sleep(5);
  };
  return { events, until };
}

const organizationOf = (ctx: RequestContext) => (ctx.actor.kind === 'system' ? ctx.actor.organizationId : '');

describe('events', () => {
  let db: TestDatabase;
  beforeAll(async () => (db = await testDatabase()));
  afterAll(() => db.close());

  const emit = (
    ctx: RequestContext,
    type: string,
    key: string,
    before: Promise<unknown> = Promise.resolve(),
  ) =>
    transact(ctx, async (tx) => {
      // The transaction gets its number now, long before it commits.
      await tx.run(sql`select pg_current_xact_id()`);
      await before;
      tx.emit({ type, key, payload: { key }, branchId: organizationOf(ctx) });
    });

  it('reach the bus after the commit, whole', async () => {
    const ctx = db.contextFor();
    const { events, until } = listen(ctx, 'whole.event');
    await emit(ctx, 'whole.event', 'k');
    await until(1);
    const organizationId = organizationOf(ctx);
    expect(events).toEqual([
      expect.objectContaining({
        organizationId,
        branchId: organizationId,
        type: 'whole.event',
        key: 'k',
        payload: { key: 'k' },
      }),
    ]);
    expect(events[0]!.at).toBeInstanceOf(Date);
    expect(events[0]!.cursor).toMatch(/^\d+-\d+$/);
  });

  it('are never lost or doubled and keep the order of their transaction, however the commits cross', async () => {
    const ctx = db.contextFor();
    const { events, until } = listen(ctx, 'crossing.event');
    const bulk = Array.from({ length: 60 }, (_, index) =>
      transact(ctx, async (tx) => {
        await tx.run(sql`select pg_current_xact_id()`);
        await sleep((index * 37) % 50);
        for (const part of [0, 1, 2])
          tx.emit({ type: 'crossing.event', key: `${index}.${part}`, payload: {} });
      }),
    );
    await Promise.all(bulk);
    await until(180);
    await sleep(50);
    expect(events.map((event) => event.key).sort()).toEqual(
      Array.from({ length: 180 }, (_, index) => `${Math.floor(index / 3)}.${index % 3}`).sort(),
    );
    for (let index = 0; index < 180; index += 3) {
      const [transaction] = events[index]!.key.split('.');
      expect(events.slice(index, index + 3).map((event) => event.key)).toEqual(
        [0, 1, 2].map((part) => `${transaction}.${part}`),
      );
    }
    const { events: again } = await readEvents(ctx.db, organizationOf(ctx), undefined, 1_000);
    expect(again.map((event) => event.cursor)).toEqual(events.map((event) => event.cursor));
  });

  it('of an older transaction that commits late come before those that it could have overtaken', async () => {
    const ctx = db.contextFor();
    const { events, until } = listen(ctx, 'late.event');
    let commit!: () => void;
    const slow = emit(ctx, 'late.event', 'older', new Promise<void>((resolve) => (commit = resolve)));
    await sleep(50);
    await emit(ctx, 'late.event', 'younger');
    await sleep(150);
    expect(events).toEqual([]);
    commit();
    await slow;
    await until(2);
    expect(events.map((event) => event.key)).toEqual(['older', 'younger']);
  });

  it('do not wait for a transaction of another database on the same server', async () => {
    const ctx = db.contextFor();
    const { events, until } = listen(ctx, 'free.event');
    const elsewhere = new Client(withDatabase(db.url, 'postgres'));
    await elsewhere.connect();
    try {
      await elsewhere.query('begin; select pg_current_xact_id()');
      await emit(ctx, 'free.event', 'k');
      await until(1);
      expect(events.map((event) => event.key)).toEqual(['k']);
    } finally {
      await elsewhere.end();
    }
  });

  it('are read in the order of the transactions, where their numbers get another digit, too', async () => {
    const ctx = db.contextFor();
    const organizationId = organizationOf(ctx);
    await db.services.database.system.run(sql`
      insert into outbox_events (id, organization_id, type, key, payload, at, xid)
      select gen_random_uuid(), ${organizationId}::uuid, 'old.event', xid, '{}', now(), xid::xid8
      from unnest(array['99', '100', '9', '101', '10', '98']) as xid`);
    const keysOf = (page: { events: PublishedEvent[] }) => page.events.map(({ key }) => key);
    const first = await readEvents(ctx.db, organizationId, undefined, 4);
    expect(keysOf(first)).toEqual(['9', '10', '98', '99']);
    expect(keysOf(await readEvents(ctx.db, organizationId, first.cursor, 4))).toEqual(['100', '101']);
  });

  it('can be caught up with from a cursor, by their own organization only', async () => {
    const [ctx, other] = [db.contextFor(), db.contextFor()];
    const start = await presentCursor(ctx.db);
    for (const key of ['a', 'b', 'c']) await emit(ctx, 'feed.event', key);
    await emit(other, 'feed.event', 'foreign');
    const first = await readEvents(ctx.db, organizationOf(ctx), start, 2);
    const second = await readEvents(ctx.db, organizationOf(ctx), first.cursor, 2);
    const third = await readEvents(ctx.db, organizationOf(ctx), second.cursor, 2);
    expect([first, second, third].map((page) => page.events.map((event) => event.key))).toEqual([
      ['a', 'b'],
      ['c'],
      [],
    ]);
    expect(third.cursor).toBe(second.cursor);
    await expect(readEvents(ctx.db, organizationOf(ctx), 'nonsense', 2)).rejects.toMatchObject({
      code: 'CURSOR_INVALID',
    });
    // From a server that had done more than the one on which its data was restored.
    await expect(readEvents(ctx.db, organizationOf(ctx), '999999999999-1', 2)).rejects.toMatchObject({
      code: 'CURSOR_EXPIRED',
    });
    expect((await readEvents(ctx.db, organizationOf(ctx), await presentCursor(ctx.db), 2)).events).toEqual(
      [],
    );
  });

  it('reach every listener, though one of them throws, and none that has left', () => {
    const ctx = db.contextFor();
    const bus = new MemoryBus(ctx.log);
    const heard: string[] = [];
    const event: PublishedEvent = {
      id: '1', cursor: '1-1', organizationId: 'o', branchId: undefined, type: 't', key: 'k', payload: {}, at: new Date(),
    }; // prettier-ignore
    bus.subscribe('t', () => {
      throw new Error('a bad listener');
    });
    const leave = bus.subscribe('t', () => heard.push('leaver'));
    bus.subscribe('t', () => heard.push('stayer'));
    bus.publish(event);
    leave();
    leave();
    bus.publish(event);
    expect(heard).toEqual(['leaver', 'stayer', 'stayer']);
  });

  it('are kept for a week, and idempotency keys for two days', async () => {
    const clock = new SettableClock(new Date());
    const own = await testDatabase({ clock });
    try {
      const ctx = own.contextFor();
      const emitOld = (tx: Transaction) => {
        tx.emit({ type: 'old.event', key: 'k', payload: {} });
        return Promise.resolve(null);
      };
      await transact(ctx, emitOld, { idempotent: { operation: 'x', input: {}, key: 'k' } });
      const pruned = async () => {
        const { deleted } = await pruneRows(own.services, KERNEL_RETENTION.rules!);
        return [deleted.idempotency_keys, deleted.outbox_events];
      };
      expect(await pruned()).toEqual([0, 0]);
      clock.advance(25 * 3_600_000);
      expect(await pruned()).toEqual([0, 0]);
      clock.advance(24 * 3_600_000);
      expect(await pruned()).toEqual([1, 0]);
      clock.advance(EVENT_LIFETIME_MS);
      expect(await pruned()).toEqual([0, 1]);
    } finally {
      await own.close();
    }
  });
});
