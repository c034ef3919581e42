import { randomUUID } from 'node:crypto';
import { Decimal } from '#kernel/decimal';
import { sql, type Transaction } from '#kernel/db/database';
import { isUniqueViolation, transact } from '#kernel/db/transact';
import { PosProError } from '#kernel/errors';
import type { SignedInActor } from '#kernel/auth/actor';
import { asOwner } from '#test/harness/server';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { statementsOf } from '#test/harness/statements';

describe('transact', () => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await testDatabase();
    await asOwner(
      db.url,
      'create table notes (organization_id uuid not null, id int not null, body text not null, primary key (organization_id, id))',
      'select pospro_secure_tables()',
    );
  });
  afterAll(() => db.close());

  const insertNote = (organizationId: string, id: number, body = '') =>
    sql`insert into notes (organization_id, id, body) values (${organizationId}, ${id}, ${body})`;
  const countNotes = sql`select count(*) as count from notes`;
  const codeOf = (error: unknown) => (error instanceof PosProError ? error.code : error);

  const user = (organizationId: string): SignedInActor => ({
    kind: 'user', userId: randomUUID(), organizationId, branchId: undefined, role: 'cashier', scopes: new Set(), sessionId: randomUUID(),
  }); // prettier-ignore

  it('writes everything, events included, or nothing', async () => {
    const ctx = db.contextFor();
    const work = (fails: boolean) =>
      transact(ctx, async (tx) => {
        await tx.run(insertNote(tx.organizationId, fails ? 1 : 2));
        tx.emit({ type: 'note.written', key: 'n', payload: {} });
        if (fails) throw new Error('no');
        return 'done';
      });
    await expect(work(true)).rejects.toThrow('no');
    expect(await ctx.db.many(countNotes)).toEqual([{ count: 0 }]);
    expect(await ctx.db.many(sql`select 1 from outbox_events`)).toEqual([]);
    expect(await work(false)).toBe('done');
    expect(await ctx.db.many(sql`select id from notes`)).toEqual([{ id: 2 }]);
    expect(await ctx.db.many(sql`select type from outbox_events`)).toEqual([{ type: 'note.written' }]);
  });

  it('writes nothing where only the last statements fail, which nobody waits for', async () => {
    const ctx = db.contextFor(undefined, { idempotencyKey: 'nul' });
    const work = (text: string) =>
      transact(
        ctx,
        async (tx) => {
          await tx.run(insertNote(tx.organizationId, 1));
          tx.emit({ type: 'note.written', key: 'n', payload: { text } });
          return null;
        },
        { idempotent: { operation: 'write', input: {} } },
      );
    // JSON can say NUL, PostgreSQL's jsonb can't.
    await expect(work('\0')).rejects.toMatchObject({ code: '22P05' });
    expect(await ctx.db.many(countNotes)).toEqual([{ count: 0 }]);
    expect(await ctx.db.many(sql`select 1 from idempotency_keys`)).toEqual([]);
    await work('fine');
    expect(await ctx.db.many(countNotes)).toEqual([{ count: 1 }]);
  });

  it('fails with the error of a statement that nobody waited for, in the next one or in the commit', async () => {
    const ctx = db.contextFor();
    const later: unknown[] = [];
    const work = (next: (tx: Transaction) => Promise<unknown>) =>
      transact(ctx, async (tx) => {
        await tx.run(insertNote(tx.organizationId, 1));
        tx.send(sql`select 1 / 0`);
        await next(tx);
      });
    const readAndKeep = (tx: Transaction) =>
      tx.many(countNotes).catch((error: unknown) => {
        later.push(error);
        throw error;
      });
    await expect(work(readAndKeep)).rejects.toMatchObject({ code: '22012' });
    expect(later).toMatchObject([{ code: '22012' }]);
    await expect(work(() => Promise.resolve())).rejects.toMatchObject({ code: '22012' });
    expect(await ctx.db.many(countNotes)).toEqual([{ count: 0 }]);
  });

  it('needs five statements around the work, with a key and with events', async () => {
    const ctx = db.contextFor(undefined, { idempotencyKey: 'counted' });
    const emitTwo = (tx: Transaction) => {
      for (const key of ['a', 'b']) tx.emit({ type: 'note.written', key, payload: {} });
      return Promise.resolve(null);
    };
    const options = { idempotent: { operation: 'count', input: {} } };
    const statements = await statementsOf(() => transact(ctx, emitTwo, options));
    expect(statements.map(({ text }) => text.trim().split(/\s+/).slice(0, 2).join(' '))).toEqual([
      'begin isolation',
      'select pospro_bind($1,',
      'select operation,',
      'with audit_entry',
      'commit',
    ]);
    // A text of its own for each entry would be planned each time.
    expect(statements.filter(({ text }) => /[0-9a-f]{8}-/.test(text))).toEqual([]);
  });

  it('tries again after a deadlock', async () => {
    const ctx = db.contextFor();
    await transact(ctx, async (tx) => {
      await tx.run(insertNote(tx.organizationId, 1, 'a'));
      await tx.run(insertNote(tx.organizationId, 2, 'a'));
    });
    let runs = 0;
    let holders = 0;
    let release!: () => void;
    const bothHoldOne = new Promise<void>((resolve) => (release = resolve));
    const update = (first: number, second: number) =>
      transact(ctx, async (tx) => {
        runs += 1;
        await tx.run(sql`update notes set body = body || 'x' where id = ${first}`);
        if ((holders += 1) === 2) release();
        await bothHoldOne;
        await tx.run(sql`update notes set body = body || 'x' where id = ${second}`);
      });
    await Promise.all([update(1, 2), update(2, 1)]);
    expect(runs).toBe(3);
    expect(await ctx.db.many(sql`select body from notes`)).toEqual([{ body: 'axx' }, { body: 'axx' }]);
  });

  it('gives up after five attempts, and says that it is worth trying later', async () => {
    const ctx = db.contextFor();
    let runs = 0;
    const failing = transact(ctx, (tx) => {
      runs += 1;
      return tx.run(
        sql`do $$ begin raise exception 'conflict' using errcode = 'serialization_failure'; end $$`,
      );
    });
    await expect(failing).rejects.toMatchObject({ code: 'UNAVAILABLE', status: 503, retryAfter: 1 });
    expect(runs).toBe(5);
  });

  it('leaves a broken constraint to the operation', async () => {
    const ctx = db.contextFor();
    await transact(ctx, (tx) => tx.run(insertNote(tx.organizationId, 1)));
    const error: unknown = await transact(ctx, (tx) => tx.run(insertNote(tx.organizationId, 1))).catch(
      (e: unknown) => e,
    );
    expect([
      isUniqueViolation(error),
      isUniqueViolation(error, 'notes_pkey'),
      isUniqueViolation(error, 'other'),
    ]).toEqual([true, true, false]);
  });

  it('brings decimals, dates, whole numbers and JSON through the database', async () => {
    const ctx = db.contextFor();
    const moment = new Date('2026-01-31T18:04:05.678Z');
    const row = await ctx.db.one(sql`
      select ${new Decimal('12.3400')}::numeric(19, 4) as unit_price, ${moment}::timestamptz as created_at, '2026-01-31'::date as day,
        9007199254740991::bigint as big, ${[new Decimal('1.5'), null]}::numeric[] as list, '{"snake_case": 1}'::jsonb as details,
        '2026-01-31 18:04:05.678'::timestamp as local, array['2026-01-31'::date] as days`);
    expect(row).toEqual({
      unitPrice: new Decimal('12.34'), createdAt: moment, day: '2026-01-31', big: Number.MAX_SAFE_INTEGER,
      list: [new Decimal('1.5'), null], details: { snake_case: 1 }, local: moment, days: ['2026-01-31'],
    }); // prettier-ignore
    await expect(ctx.db.one(sql`select 9007199254740992::bigint as big`)).rejects.toThrow('does not fit');
  });

  it('runs the statements of one transaction in order, even if they are started together', async () => {
    const ctx = db.contextFor();
    const values = await transact(ctx, (tx) =>
      Promise.all([1, 2, 3].map((n) => tx.one<{ n: number }>(sql`select ${n}::int as n`))),
    );
    expect(values).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  describe('with an idempotency key', () => {
    const answer = () => ({
      total: new Decimal('12.50'),
      at: new Date('2026-01-31T18:04:05Z'),
      lines: [{ $odd: 'x', none: null }],
      n: 3,
    });

    it('does the work of fifty equal requests once, and answers all of them alike', async () => {
      const actor = user(randomUUID());
      let executions = 0;
      const clients = Array.from({ length: 50 }, () => db.contextFor(actor, { idempotencyKey: 'sale-1' }));
      const results = await Promise.all(
        clients.map((ctx) =>
          transact(
            ctx,
            async (tx) => {
              executions += 1;
              await tx.run(insertNote(tx.organizationId, 1));
              return answer();
            },
            { idempotent: { operation: 'sale', input: { amount: new Decimal(1), on: new Date(0) } } },
          ),
        ),
      );
      expect(executions).toBe(1);
      expect(results).toEqual(results.map(answer));
      expect(clients.filter((ctx) => ctx.reply.replayed).length).toBe(49);
      expect(await clients[0]!.db.many(countNotes)).toEqual([{ count: 1 }]);
    });

    it('waits for a twin in another process and then replays its answer', async () => {
      const actor = user(randomUUID());
      // Another module registry is what another process would be: nothing is shared but the database.
      let otherTransact!: typeof transact;
      jest.isolateModules(() => {
        ({ transact: otherTransact } = jest.requireActual<{ transact: typeof transact }>(
          '../../../kernel/db/transact',
        ));
      });
      expect(otherTransact).not.toBe(transact);
      let executions = 0;
      const run = (perform: typeof transact) => {
        const ctx = db.contextFor(actor, { idempotencyKey: 'k' });
        const work = async () => {
          executions += 1;
          await new Promise((resolve) => setTimeout(resolve, 200));
          return executions;
        };
        return perform(ctx, work, { idempotent: { operation: 'slow', input: {} } });
      };
      expect(await Promise.all([run(transact), run(otherTransact)])).toEqual([1, 1]);
      expect(executions).toBe(1);
    });

    it('takes the order of the members for nothing, and any other difference for another request', async () => {
      const ctx = db.contextFor(user(randomUUID()));
      const run = (operation: string, input: unknown) =>
        transact(ctx, () => Promise.resolve(1), { idempotent: { operation, input, key: 'k' } }).catch(codeOf);
      expect(await run('sale', { a: 1, b: { c: [1, 2], d: undefined } })).toBe(1);
      expect(await run('sale', { b: { c: [1, 2] }, a: 1 })).toBe(1);
      expect(await run('sale', { a: 2, b: { c: [1, 2] } })).toBe('IDEMPOTENCY_KEY_REUSED');
      expect(await run('sale', { a: 1, b: { c: [2, 1] } })).toBe('IDEMPOTENCY_KEY_REUSED');
      expect(await run('refund', { a: 1, b: { c: [1, 2] } })).toBe('IDEMPOTENCY_KEY_REUSED');
    });

    it('is independent of the same key of another organization or another user', async () => {
      const organizationId = randomUUID();
      const actors = [user(organizationId), user(organizationId), user(randomUUID())];
      const results = [];
      for (const [index, actor] of actors.entries()) {
        const ctx = db.contextFor(actor, { idempotencyKey: 'same' });
        results.push(
          await transact(ctx, () => Promise.resolve(index), { idempotent: { operation: 'sale', input: {} } }),
        );
      }
      expect(results).toEqual([0, 1, 2]);
    });

    it('keeps no key of work that failed', async () => {
      const ctx = db.contextFor(user(randomUUID()), { idempotencyKey: 'again' });
      const run = (fails: boolean) =>
        transact(ctx, () => (fails ? Promise.reject(new Error('no')) : Promise.resolve('yes')), {
          idempotent: { operation: 'sale', input: {} },
        });
      await expect(run(true)).rejects.toThrow('no');
      expect(await run(false)).toBe('yes');
      expect(ctx.reply.replayed).toBeUndefined();
    });
  });

  it('answers 503 where every connection is taken, instead of waiting for ever', async () => {
    const small = await testDatabase({ poolSize: 2 });
    try {
      const ctx = small.contextFor();
      const release = { now: () => undefined as void };
      const held = new Promise<void>((resolve) => (release.now = resolve));
      const holders = [1, 2].map(() => transact(ctx, () => held));
      await expect(ctx.db.many(sql`select 1`)).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        status: 503,
        retryAfter: 1,
      });
      release.now();
      await Promise.all(holders);
      expect(await ctx.db.many(sql`select 1 as one`)).toEqual([{ one: 1 }]);
    } finally {
      await small.close();
    }
  });
});
