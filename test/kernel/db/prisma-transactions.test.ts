/** Prisma inside of `transact`: on the transaction's own connection, so that it ends as the transaction does. */
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import type { SignedInActor } from '#kernel/auth/actor';
import { sql, type Transaction } from '#kernel/db/database';
import { sqlState } from '#kernel/db/pg-errors';
import type { PrismaWriter } from '#kernel/db/prisma';
import { isUniqueViolation, transact } from '#kernel/db/transact';
import type { NewRole } from '#subgraphs/auth/tables.generated';
import { createOwner, type TestOwner } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';

describe('Prisma in a transaction', () => {
  let db: TestDatabase;
  let mine: TestOwner;
  let theirs: TestOwner;
  beforeAll(async () => {
    db = await testDatabase({ poolSize: 4 });
    [mine, theirs] = [await createOwner(db), await createOwner(db)];
  }, 60_000);
  afterAll(() => db.close());

  let number = 0;
  /** A role beneath its organization, whose id Prisma puts in. */
  const part = (tx: Transaction, name = `role ${(number += 1)}`) => ({
    id: db.services.ids.next(),
    name,
    scopes: [],
    builtIn: false,
    createdAt: tx.now,
    updatedAt: tx.now,
  });
  const role = (tx: Transaction, name?: string): NewRole => ({
    ...part(tx, name),
    organizationId: tx.organizationId,
  });
  const counter = (tx: Transaction, name: string) => ({ organizationId: tx.organizationId, name, value: 1 });
  const namesLike = (beginning: string, { ctx } = mine) =>
    ctx.db.many<{ name: string }>(
      sql`select name from roles where name like ${`${beginning}%`} order by name`,
    );
  /** The texts of the statements that are sent meanwhile. */
  async function sentBy(work: () => Promise<unknown>): Promise<string[]> {
    const spy = jest.spyOn(Client.prototype, 'query');
    try {
      await work();
      return spy.mock.calls.map(([query]) =>
        typeof query === 'string' ? query : (query as { text: string }).text,
      );
    } finally {
      spy.mockRestore();
    }
  }

  it('sees what was written before it, and is seen by what follows', async () => {
    await transact(mine.ctx, async (tx) => {
      await tx.run(sql`insert into counters values (${tx.organizationId}, 'a', 1)`);
      expect(await tx.prisma.counter.findFirst({ where: { name: 'a' } })).toEqual(counter(tx, 'a'));
      await tx.prisma.counter.updateMany({ where: { name: 'a' }, data: { value: 2 } });
      expect(await tx.many(sql`select value from counters where name = 'a'`)).toEqual([{ value: 2 }]);
      expect(await mine.ctx.prisma.counter.count({ where: { name: 'a' } })).toBe(0);
    });
    expect(await mine.ctx.prisma.counter.count({ where: { name: 'a', value: 2 } })).toBe(1);
  });

  it('answers the row that was written, as SQL reads it', async () => {
    const made = await transact(mine.ctx, async (tx) => {
      const { id, ...given } = role(tx, 'made');
      const created = await tx.prisma.role.create({ data: { id, ...given } });
      expect(created).toStrictEqual({ id, ...given, version: 1 });
      return tx.prisma.role.update({ where: { id }, data: { scopes: ['pos:sell'] } });
    });
    expect(made.scopes).toEqual(['pos:sell']);
    expect(await mine.ctx.prisma.role.findUnique({ where: { id: made.id } })).toStrictEqual(made);
  });

  it('has written nothing where the work throws', async () => {
    const work = transact(mine.ctx, async (tx) => {
      await tx.prisma.role.create({ data: role(tx, 'gone') });
      throw new Error('no');
    });
    await expect(work).rejects.toThrow('no');
    expect(await namesLike('gone')).toEqual([]);
  });

  it('sends one statement for a plain write, and nothing around it', async () => {
    const name = 'plain';
    const data = { name: 'plainer' };
    const writes: ((tx: Transaction) => Promise<unknown>)[] = [
      (tx) => tx.prisma.role.create({ data: role(tx, name) }),
      (tx) => tx.prisma.role.createMany({ data: [role(tx), role(tx)], skipDuplicates: true }),
      (tx) => tx.prisma.role.update({ where: { id: mine.roleIds.get('cashier')! }, data: { scopes: [] } }),
      (tx) => tx.prisma.role.updateMany({ where: { name, builtIn: false }, data }),
      (tx) => tx.prisma.role.updateManyAndReturn({ where: { name: data.name }, data: { name } }),
      (tx) => tx.prisma.recoveryCode.deleteMany({ where: { userId: mine.user.id, user: { name } } }),
    ];
    const sent = await sentBy(() =>
      transact(mine.ctx, async (tx) => {
        for (const write of writes) await write(tx);
      }),
    );
    expect(
      sent
        .filter((text) => !/pospro_bind|audit_entry as|^\s*select/.test(text))
        .map((text) => text.split(/\s/)[0]),
    ).toEqual(['begin', 'INSERT', 'INSERT', 'UPDATE', 'UPDATE', 'UPDATE', 'DELETE', 'commit']);
  });

  it('lets a write of several statements neither commit nor begin the transaction', async () => {
    const nested = async (tx: Transaction) => {
      const roles = { create: [part(tx, 'nested 1'), part(tx, 'nested 2')] };
      return tx.prisma.organization.update({ where: { id: tx.organizationId }, data: { roles }, include: { roles: true } });
    }; // prettier-ignore
    const sent = await sentBy(async () => {
      const failing = transact(mine.ctx, async (tx) => {
        expect((await nested(tx)).roles.filter(({ name }) => name.startsWith('nested'))).toHaveLength(2);
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
    });
    expect(
      sent
        .filter((text) => /^(begin|commit|rollback|savepoint)/i.test(text))
        .map((text) => text.split(' ')[0]),
    ).toEqual(['begin', 'rollback']);
    expect(await namesLike('nested')).toEqual([]);
    await transact(mine.ctx, nested);
    expect(await namesLike('nested')).toEqual([{ name: 'nested 1' }, { name: 'nested 2' }]);
  });

  it('commits nothing of a write that Prisma gave up half-way, even where the work goes on', async () => {
    const work = transact(mine.ctx, async (tx) => {
      const data = { name: 'Half', roles: { create: part(tx, 'half'), connect: { id: randomUUID() } } };
      await expect(
        tx.prisma.organization.update({ where: { id: tx.organizationId }, data }),
      ).rejects.toMatchObject({
        code: 'P2018',
      });
    });
    await expect(work).rejects.toThrow('failed half-way');
    expect(await namesLike('half')).toEqual([]);
    expect(await mine.ctx.prisma.organization.count({ where: { name: 'Half' } })).toBe(0);
  });

  it('offers no transaction of its own', async () => {
    await transact(mine.ctx, (tx) => {
      expect((tx.prisma as { $transaction?: unknown }).$transaction).toBeUndefined();
      return Promise.resolve();
    });
  });

  it('is over with the transaction', async () => {
    const kept: PrismaWriter[] = [];
    await transact(mine.ctx, (tx) => Promise.resolve(kept.push(tx.prisma)));
    const failing = transact(mine.ctx, (tx) => Promise.reject(new Error(`${kept.push(tx.prisma)}`)));
    await expect(failing).rejects.toThrow('2');
    for (const prisma of kept) {
      await expect(prisma.role.findMany()).rejects.toThrow('The transaction has ended');
      await expect(prisma.role.updateMany({ data: { name: 'late' } })).rejects.toThrow(
        'The transaction has ended',
      );
    }
    expect(await namesLike('late')).toEqual([]);
  });

  it('commits nothing of a write of several statements that nobody waited for', async () => {
    let late: Promise<unknown> = Promise.resolve();
    const work = transact(mine.ctx, async (tx) => {
      const data = { roles: { create: [1, 2, 3].map((n) => part(tx, `late ${n}`)) } };
      late = tx.prisma.organization
        .update({ where: { id: tx.organizationId }, data })
        .catch((error: unknown) => error);
      // A look always waits in the queue, so the first one that finds a row comes before the last statement of the write.
      let found: unknown[] = [];
      while (found.length === 0) found = await tx.many(sql`select 1 from roles where name like 'late%'`);
    });
    await expect(work).rejects.toThrow('not waited for');
    await late;
    expect(await namesLike('late')).toEqual([]);
  });

  it("neither finds nor writes another organization's rows", async () => {
    const where = { id: theirs.branchId };
    await transact(mine.ctx, async ({ prisma: { branch } }) => {
      expect(await branch.findUnique({ where })).toBeNull();
      expect(await branch.updateMany({ where, data: { name: 'stolen' } })).toEqual({ count: 0 });
      expect(await branch.updateManyAndReturn({ data: { name: 'Mine' } })).toMatchObject([
        { id: mine.branchId },
      ]);
    });
    await expect(
      transact(mine.ctx, (tx) => tx.prisma.branch.update({ where, data: { name: 'stolen' } })),
    ).rejects.toMatchObject({ code: 'P2025' });
    await expect(transact(mine.ctx, (tx) => tx.prisma.twoFactor.deleteMany())).resolves.toEqual({ count: 0 });
    const foreign = (tx: Transaction) => ({ ...role(tx, 'foreign'), organizationId: theirs.organizationId });
    const insert = transact(mine.ctx, (tx) => tx.prisma.role.create({ data: foreign(tx) }));
    expect(sqlState(await insert.catch((error: unknown) => error))).toBe('42501');
    const move = transact(mine.ctx, (tx) =>
      tx.prisma.role.updateMany({ data: { organizationId: theirs.organizationId } }),
    );
    expect(sqlState(await move.catch((error: unknown) => error))).toBe('42501');
    expect(await theirs.ctx.prisma.branch.findMany({ select: { name: true } })).not.toContainEqual({
      name: 'stolen',
    });
    expect(await namesLike('foreign', theirs)).toEqual([]);
  });

  it('keeps transactions of one tick apart, where Prisma would collect their reads', async () => {
    const read = ({ ctx }: TestOwner, id: string, commit: boolean) =>
      transact(ctx, async (tx) => {
        await tx.run(sql`update branches set receipt_header = ${ctx.actor.kind} where id = ${id}`);
        const rows = await Promise.all([
          tx.prisma.branch.findUnique({ where: { id } }),
          tx.prisma.branch.findUniqueOrThrow({ where: { id } }).catch(() => null),
        ]);
        if (!commit) throw Object.assign(new Error('rolled back'), { rows });
        return rows;
      }).catch((error: { rows: unknown[] }) => error.rows);
    const owners = [mine, theirs, mine, theirs];
    const rows = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const [owner, id] = [owners[index % 4]!, owners[index % 3]!.branchId];
        const found = (await read(owner, id, index % 5 === 0)) as ({ id: string } | null)[];
        return found.map((row) => row?.id === (id === owner.branchId ? id : undefined));
      }),
    );
    expect(rows.flat()).toEqual(Array.from({ length: 80 }, () => true));
  });

  it('is done exactly once where the transaction is tried again after a deadlock', async () => {
    await transact(mine.ctx, (tx) =>
      tx.prisma.counter.createMany({ data: [counter(tx, 'x'), counter(tx, 'y')] }),
    );
    let runs = 0;
    let holders = 0;
    let release!: () => void;
    const bothHoldOne = new Promise<void>((resolve) => (release = resolve));
    const raise = (first: string, second: string) =>
      transact(mine.ctx, async (tx) => {
        runs += 1;
        await tx.prisma.role.create({ data: role(tx, `deadlock ${first}`) });
        await tx.prisma.counter.updateMany({ where: { name: first }, data: { value: { increment: 1 } } });
        if ((holders += 1) === 2) release();
        await bothHoldOne;
        await tx.prisma.counter.updateMany({ where: { name: second }, data: { value: { increment: 1 } } });
      });
    await Promise.all([raise('x', 'y'), raise('y', 'x')]);
    expect(runs).toBe(3);
    expect(await mine.ctx.prisma.counter.findMany({ where: { name: { in: ['x', 'y'] } } })).toMatchObject([
      { value: 3 },
      { value: 3 },
    ]);
    expect(await namesLike('deadlock')).toEqual([{ name: 'deadlock x' }, { name: 'deadlock y' }]);
  });

  it('fails as SQL does: a unique violation by its name, a lock that is not to be had and a statement that takes too long by 503', async () => {
    const taken = await mine.ctx.prisma.role.findFirstOrThrow();
    const error = await transact(mine.ctx, (tx) =>
      tx.prisma.role.create({ data: role(tx, taken.name) }),
    ).catch((e: unknown) => e);
    expect([
      isUniqueViolation(error),
      isUniqueViolation(error, 'roles_name_key'),
      isUniqueViolation(error, 'roles_pkey'),
    ]).toEqual([true, true, false]);
    const caught = transact(mine.ctx, async (tx) => {
      await tx.prisma.role.create({ data: role(tx, taken.name) }).catch(() => undefined);
    });
    await expect(caught).rejects.toThrow('one of its statements had failed');
    await transact(mine.ctx, async (tx) => {
      await tx.run(sql`update branches set address = null where id = ${mine.branchId}`);
      const waiting = transact(mine.ctx, ({ prisma }) =>
        prisma.branch.updateMany({ data: { address: 'x' } }),
      );
      await expect(waiting).rejects.toMatchObject({ code: 'UNAVAILABLE', status: 503, retryAfter: 1 });
      const tooLong = transact(mine.ctx, async (other) => {
        await other.run(sql`set local statement_timeout = '20ms'`);
        return other.prisma.branch.updateMany({ data: { address: 'x' } });
      });
      await expect(tooLong).rejects.toMatchObject({ code: 'UNAVAILABLE', status: 503, retryAfter: 1 });
    });
  }, 20_000);

  it('says 422 where a number is too large to be stored', async () => {
    const work = transact(mine.ctx, (tx) =>
      tx.prisma.organization.update({ where: { id: tx.organizationId }, data: { cashRoundingStep: '1e15' } }),
    );
    await expect(work).rejects.toMatchObject({ code: 'VALIDATION_FAILED', status: 422 });
  });

  it('leaves an audit entry, and what it changed', async () => {
    const person: SignedInActor = { ...mine.actor };
    const ctx = db.contextFor(person, { operation: { name: 'renameBranch', input: { name: 'Audited' } } });
    await transact(ctx, (tx) =>
      tx.prisma.branch.update({ where: { id: mine.branchId }, data: { name: 'Audited' } }),
    );
    const entry = await ctx.prisma.auditEntry.findFirstOrThrow({ where: { operation: 'renameBranch' } });
    expect(entry).toMatchObject({ userId: mine.user.id, input: { name: 'Audited' }, actorKind: 'user' });
    const changes = await ctx.prisma.auditChange.findMany({ where: { entryId: entry.id } });
    expect(changes).toMatchObject([
      { entity: 'branches', entityId: mine.branchId, after: { name: 'Audited' } },
    ]);
  });

  it('is answered from the first time under an idempotency key', async () => {
    const work = () =>
      transact(mine.ctx, (tx) => tx.prisma.role.create({ data: role(tx, `once ${(number += 1)}`) }), {
        idempotent: { operation: 'once', input: {}, key: 'once' },
      });
    const first = await work();
    expect(await work()).toEqual(first);
    expect(await namesLike('once')).toEqual([{ name: first.name }]);
  });
});
