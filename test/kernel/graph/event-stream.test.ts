import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { createContext, type RequestContext } from '#kernel/context';
import { PosProError } from '#kernel/errors';
import { MemoryBus } from '#kernel/events/memory-bus';
import { presentCursor, readEvents } from '#kernel/events/outbox';
import { eventStream, type Stream, type StreamItem, type StreamPlan } from '#kernel/graph/event-stream';
import { testDatabase, type TestDatabase } from '#test/harness/database';

describe('a stream of events', () => {
  let db: TestDatabase;
  beforeAll(async () => (db = await testDatabase()));
  afterAll(() => db.close());

  /** A caller whose bus tells only what the test publishes, when the test wants it. */
  function callerWithBus(): { ctx: RequestContext; bus: MemoryBus } {
    const bus = new MemoryBus(db.services.log);
    const { actor, request } = db.contextFor();
    return { ctx: createContext({ ...db.services, bus }, actor, request), bus };
  }

  const organizationOf = (ctx: RequestContext) =>
    ctx.actor.kind === 'system' ? ctx.actor.organizationId : '';
  const emit = (ctx: RequestContext, key: string, text: string) =>
    transact(ctx, async (tx) => {
      await tx.run(sql`select 1`);
      tx.emit({ type: 'level.changed', key, payload: { text } });
    });
  /** Waits until so many can be read: another transaction of the server may hold them back for a moment. */
  const written = async (ctx: RequestContext, since: string, count: number) => {
    for (;;) {
      const { events } = await readEvents(ctx.db, organizationOf(ctx), since, 100);
      if (events.length >= count) return events;
    }
  };
  const texts = (ctx: RequestContext, plan: Partial<StreamPlan<string>>): Stream<StreamItem<string>> =>
    eventStream(ctx, { types: ['level.changed'], map: ({ payload }) => String(payload.text), ...plan });
  const take = async (stream: Stream<StreamItem<string>>, count: number) => {
    const taken: string[] = [];
    while (taken.length < count)
      taken.push(((await stream.next()) as { value: StreamItem<string> }).value.payload);
    return taken;
  };

  it('from a cursor tells nothing twice, though the bus is slower than the reader of the outbox', async () => {
    const { ctx, bus } = callerWithBus();
    const since = await presentCursor(ctx.db);
    for (const text of ['a', 'b', 'c']) await emit(ctx, 'thing', text);
    const [a, b, c] = await written(ctx, since, 3);
    const stream = texts(ctx, { since });
    bus.publish(a!);
    expect(await take(stream, 1)).toEqual(['a']);
    bus.publish(b!);
    bus.publish(c!);
    await emit(ctx, 'thing', 'd');
    const [d] = await written(ctx, c!.cursor, 1);
    bus.publish(d!);
    expect(await take(stream, 3)).toEqual(['b', 'c', 'd']);
    await stream.return();
  });

  it.each([{ latest: true }, { states: true }])(
    'from a cursor tells no older state than the one of the cursor (%j)',
    async (kind) => {
      const { ctx, bus } = callerWithBus();
      const start = await presentCursor(ctx.db);
      await transact(ctx, async (tx) => {
        // Numbered before the other one, which has the thing first.
        await tx.run(sql`select pg_current_xact_id()`);
        await emit(ctx, 'thing', 'first');
        tx.emit({ type: 'level.changed', key: 'thing', payload: { text: 'second' } });
      });
      await emit(ctx, 'other', 'third');
      const events = await written(ctx, start, 3);
      expect(events.map(({ payload }) => payload.text)).toEqual(['second', 'first', 'third']);
      const stream = texts(ctx, { since: events[0]!.cursor, ...kind });
      for (const event of events) bus.publish(event);
      expect(await take(stream, 1)).toEqual(['third']);
      await stream.return();
      // Who wants every step is told every step.
      const steps = texts(ctx, { since: events[0]!.cursor });
      expect(await take(steps, 2)).toEqual(['first', 'third']);
      await steps.return();
    },
  );

  it('loses nothing while the database is away for a moment', async () => {
    const { ctx, bus } = callerWithBus();
    const since = await presentCursor(ctx.db);
    for (const text of ['a', 'b']) await emit(ctx, 'thing', text);
    for (const event of await written(ctx, since, 2)) bus.publish(event);
    let away = 2;
    const map = ({ payload }: { payload: Record<string, unknown> }) => {
      if (away > 0) {
        away -= 1;
        throw new PosProError('UNAVAILABLE', 'The database is temporarily unreachable.');
      }
      return String(payload.text);
    };
    const stream = texts(ctx, { since, map });
    expect(await take(stream, 2)).toEqual(['a', 'b']);
    expect(away).toBe(0);
    await stream.return();
  });

  it('ends while it waits for the database', async () => {
    const { ctx } = callerWithBus();
    const since = await presentCursor(ctx.db);
    await emit(ctx, 'thing', 'a');
    let asked = 0;
    const stream = texts(ctx, {
      since,
      map: () => {
        asked += 1;
        throw new PosProError('UNAVAILABLE', 'The database is temporarily unreachable.');
      },
    });
    const next = stream.next();
    while (asked === 0) await ctx.db.one(sql`select 1 as one`);
    await stream.return();
    expect(await next).toEqual({ done: true, value: undefined });
  });
});
