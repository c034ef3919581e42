/** What the audit trail holds: who, what, before and after, from where; and nothing that must not be in it. */
import { sql } from '#kernel/db/database';
import { sqlState } from '#kernel/db/pg-errors';
import { transact } from '#kernel/db/transact';
import { Decimal } from '#kernel/decimal';
import { listAuditEntries } from '#subgraphs/admin/audit-logs.queries';
import { addCustomerAddress } from '#subgraphs/customers/addresses';
import { createCustomer, updateCustomer } from '#subgraphs/customers/customers';
import { deleteCustomer } from '#subgraphs/orders/customers/delete-customer';
import { updateProduct } from '#subgraphs/catalog/products/products';
import { createOwner, type TestOwner } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { during, entryOf } from '#test/admin/audit-trail';
import { createProduct } from '#test/harness/products';

let db: TestDatabase;
let owner: TestOwner;

beforeAll(async () => {
  db = await testDatabase();
  owner = await createOwner(db);
});
afterAll(() => db.close());

const count = async (shop: TestOwner = owner) => (await listAuditEntries(shop.ctx, { size: 1 })).total();

describe('an entry', () => {
  it('says who, what, from where and when', async () => {
    const input = { input: { name: 'Tea', sku: 'TEA', price: new Decimal('3.50') } };
    const details = { address: '203.0.113.7', userAgent: 'Till/2', requestId: 'req-1' };
    const before = Date.now();
    await createProduct(during(db, owner, 'createProduct', input, details), input.input);
    const { entry } = await entryOf(owner.ctx, 'createProduct');
    expect(entry).toMatchObject({
      actorKind: 'user',
      userId: owner.user.id,
      role: 'owner',
      sessionId: owner.actor.sessionId,
      operation: 'createProduct',
      input: { input: { name: 'Tea', sku: 'TEA', price: '3.5' } },
      ...details,
    });
    expect(entry.at.getTime()).toBeGreaterThanOrEqual(before);
    expect(entry.at.getTime()).toBeLessThanOrEqual(Date.now());
  });

  it('holds exactly the columns that an update changed, before and after', async () => {
    const product = await createProduct(during(db, owner, 'createProduct'), {
      name: 'Milk',
      sku: 'MILK',
      price: new Decimal(1),
    });
    await updateProduct(during(db, owner, 'updateProduct'), product.id, {
      name: 'Whole milk',
      description: 'From the Alps',
      price: new Decimal('1.25'),
    });
    const { changes } = await entryOf(owner.ctx, 'updateProduct');
    const byEntity = Object.fromEntries(changes.map((change) => [change.entity, change]));
    expect(Object.keys(byEntity).sort()).toEqual(['products', 'variants']);
    expect(byEntity.products).toEqual({
      entity: 'products',
      entityId: product.id,
      before: { name: 'Milk', description: null },
      after: { name: 'Whole milk', description: 'From the Alps' },
    });
    expect(byEntity.variants).toMatchObject({ before: { price: '1.0000' }, after: { price: '1.2500' } });
  });

  it('holds all of a row that was made, and all of one that was removed', async () => {
    const ctx = during(db, owner, 'makeBrand');
    const id = ctx.ids.next();
    await transact(ctx, (tx) =>
      tx.run(sql`insert into brands (id, organization_id, name, name_key, created_at, updated_at)
        values (${id}, ${tx.organizationId}, 'Acme', 'acme', '2026-01-31T10:00:00+02', now())`),
    );
    const row = { id, name: 'Acme', created_at: '2026-01-31T08:00:00+00:00' };
    expect((await entryOf(owner.ctx, 'makeBrand')).changes).toEqual([
      { entity: 'brands', entityId: id, before: null, after: row },
    ]);
    await transact(during(db, owner, 'dropBrand'), (tx) => tx.run(sql`delete from brands where id = ${id}`));
    expect((await entryOf(owner.ctx, 'dropBrand')).changes).toEqual([
      { entity: 'brands', entityId: id, before: row, after: null },
    ]);
  });

  it('is marked where the platform acts, and absent for its book-keeping, for queries and for the demo past', async () => {
    const write = (ctx: typeof owner.ctx) =>
      transact(ctx, (tx) => tx.run(sql`update branches set receipt_footer = 'Thanks'`));
    const system = { kind: 'system', organizationId: owner.organizationId, branchId: undefined } as const;
    const start = await count();
    await write(owner.ctx);
    await write(db.contextFor(system, { recorded: false }));
    expect(await count()).toBe(start);
    await write(db.contextFor(system));
    expect((await entryOf(owner.ctx, 'platform')).entry).toMatchObject({
      actorKind: 'platform',
      userId: null,
      sessionId: null,
    });
    expect(await count()).toBe(start + 1);
  });

  it('tells an API key from a person', async () => {
    const program = { ...owner, actor: { ...owner.actor, kind: 'apiKey' as const } };
    await transact(during(db, program, 'byProgram'), () => Promise.resolve());
    expect((await entryOf(owner.ctx, 'byProgram')).entry).toMatchObject({
      actorKind: 'api_key',
      userId: owner.user.id,
    });
  });

  it('is not left by what is rolled back, nor by a replay', async () => {
    const start = await count();
    const broken = transact(during(db, owner, 'broken'), async (tx) => {
      await tx.run(sql`update branches set name = 'Nowhere'`);
      throw new Error('no');
    });
    await expect(broken).rejects.toThrow('no');
    expect(await count()).toBe(start);
    const once = () =>
      transact(during(db, owner, 'once'), () => Promise.resolve('done'), {
        idempotent: { operation: 'once', input: 1, key: 'k' },
      });
    await Promise.all([once(), once(), once()]);
    expect(await count()).toBe(start + 1);
    const orphans = await db.services.database.system.one<{ count: number }>(sql`
      select count(*) as count from audit_changes c
      where not exists (select from audit_entries e where e.id = c.entry_id and e.organization_id = c.organization_id)`);
    expect(orphans.count).toBe(0);
  });

  it('costs no statement where there are events', async () => {
    const ctx = during(db, owner, 'counted');
    const before = await count();
    await transact(ctx, (tx) => {
      tx.emit({ type: 'test.happened', key: 'a', payload: {} });
      tx.emit({ type: 'test.happened', key: 'b', payload: {} });
      return Promise.resolve();
    });
    const events = await owner.ctx.db.one<{ count: number }>(
      sql`select count(*) as count from outbox_events where type = 'test.happened'`,
    );
    expect([await count(), events.count]).toEqual([before + 1, 2]);
  });
});

describe('what must not be in it', () => {
  it('secrets', async () => {
    await transact(during(db, owner, 'setPassword'), (tx) =>
      tx.run(
        sql`update users set password_hash = '$argon2id$other', name = 'Olga' where id = ${owner.user.id}`,
      ),
    );
    const { changes } = await entryOf(owner.ctx, 'setPassword');
    expect(changes).toMatchObject([
      {
        entity: 'users',
        before: { password_hash: '[secret]' },
        after: { password_hash: '[secret]', name: 'Olga' },
      },
    ]);
  });

  it('what names a customer: not when made, changed or erased', async () => {
    const personal = {
      name: 'Grace Hopper',
      email: 'grace@navy.test',
      phone: '+1 555 0100',
      notes: 'likes clocks',
      taxNumber: 'US-99',
    };
    const made = { input: { ...personal, tags: ['admiral'] } };
    const customer = await createCustomer(during(db, owner, 'createCustomer', made), made.input);
    const address = {
      kind: 'shipping' as const,
      recipient: 'Grace Hopper',
      line1: '9 Compiler Row',
      city: 'Arlington',
      country: 'US',
    };
    await addCustomerAddress(
      during(db, owner, 'addCustomerAddress', { id: customer.id, input: address }),
      customer.id,
      address,
    );
    const change = { phone: '+1 555 0199', creditLimit: new Decimal(50) };
    await updateCustomer(
      during(db, owner, 'updateCustomer', { id: customer.id, input: change }),
      customer.id,
      change,
    );
    expect((await entryOf(owner.ctx, 'updateCustomer')).changes).toEqual([
      {
        entity: 'customers',
        entityId: customer.id,
        before: { phone: '[personal]', credit_limit: '0.0000' },
        after: { phone: '[personal]', credit_limit: '50.0000' },
      },
    ]);
    await deleteCustomer(during(db, owner, 'deleteCustomer', { id: customer.id }), customer.id);
    expect((await entryOf(owner.ctx, 'deleteCustomer')).changes.map(({ entity }) => entity).sort()).toEqual([
      'customer_addresses',
      'customers',
    ]);
    const { text } = await db.services.database.system.one<{ text: string }>(sql`
      select (select string_agg(e::text, ' ') from audit_entries e) || (select string_agg(c::text, ' ') from audit_changes c) as text`);
    for (const word of [
      'Grace',
      'Hopper',
      'navy',
      '+1',
      '555 01',
      'clocks',
      'US-99',
      'admiral',
      'Compiler',
      'Arlington',
    ]) {
      expect(text).not.toContain(word);
    }
    expect(text).toContain(customer.id);
  });
});

describe('the tables', () => {
  it('show each organization its own only, and let nobody change what was written', async () => {
    const other = await createOwner(db);
    const mine = (await listAuditEntries(owner.ctx, { size: 1000 })).items;
    const theirs = (await listAuditEntries(other.ctx, { size: 1000 })).items;
    expect(new Set(mine.map(({ organizationId }) => organizationId))).toEqual(
      new Set([owner.organizationId]),
    );
    expect(theirs.filter(({ id }) => mine.some((entry) => entry.id === id))).toEqual([]);
    for (const statement of [
      sql`update audit_entries set operation = 'x'`,
      sql`delete from audit_entries`,
      sql`update audit_changes set after = '{}'`,
      sql`delete from audit_changes`,
      sql`update audit_seals set hash = ''`,
      sql`delete from audit_seals`,
      sql`delete from audit_pending`,
      sql`update audit_heads set sequence = 0`,
    ]) {
      const refused = await other.ctx.db
        .run(statement)
        .catch((error: unknown) => sqlState(error) ?? (error as Error).cause);
      expect(refused).toBe('42501');
    }
  });

  it('know a row by its organization where there is one for each', async () => {
    const save = (blind: boolean) =>
      transact(during(db, owner, 'settings'), (tx) =>
        tx.run(sql`insert into till_settings (organization_id, blind_close, limits, updated_at)
          values (${tx.organizationId}, ${blind}, '[]', now())
          on conflict (organization_id) do update set blind_close = excluded.blind_close`),
      );
    await save(false);
    await save(true);
    expect((await entryOf(owner.ctx, 'settings')).changes).toEqual([
      {
        entity: 'till_settings',
        entityId: owner.organizationId,
        before: { blind_close: false },
        after: { blind_close: true },
      },
    ]);
  });

  it('take the changes of many rows in one go', async () => {
    await transact(during(db, owner, 'manyBrands'), async (tx) => {
      await tx.run(sql`
        insert into brands (id, organization_id, name, name_key, created_at, updated_at)
        select gen_random_uuid(), ${tx.organizationId}, 'Brand ' || n, 'brand ' || n, now(), now() from generate_series(1, 3000) n`);
      await tx.run(sql`update brands set name = name || '!' where name like 'Brand %'`);
    });
    const { changes } = await entryOf(owner.ctx, 'manyBrands');
    expect(changes).toHaveLength(6000);
    expect(changes[5999]).toMatchObject({ before: { name: expect.stringMatching(/^Brand \d+$/) as string } });
  });
});

describe('the list', () => {
  it('is filtered by user, operation, row, time and request, and goes by cursor', async () => {
    const shop = await createOwner(db);
    const colleague = { ...shop, actor: { ...shop.actor, userId: db.services.ids.next() } };
    const product = await createProduct(during(db, shop, 'createProduct'), {
      name: 'Jam',
      sku: 'JAM',
      price: new Decimal(2),
    });
    await updateProduct(during(db, colleague, 'updateProduct', {}, { requestId: 'r-7' }), product.id, {
      name: 'Plum jam',
    });
    await updateProduct(during(db, shop, 'updateProduct'), product.id, { name: 'Fig jam' });
    const list = async (filter: Parameters<typeof listAuditEntries>[1]) =>
      (await listAuditEntries(shop.ctx, filter)).items.map(
        ({ operation, userId }) => `${operation} ${userId === shop.user.id}`,
      );
    expect(await list({ entity: 'products', entityId: product.id })).toEqual([
      'updateProduct true',
      'updateProduct false',
      'createProduct true',
    ]);
    expect(await list({ entity: 'variants' })).toEqual(['createProduct true']);
    expect(await list({ userId: colleague.actor.userId })).toEqual(['updateProduct false']);
    expect(await list({ userId: 'nobody' })).toEqual([]);
    expect(await list({ requestId: 'r-7' })).toEqual(['updateProduct false']);
    expect(await list({ operation: 'createProduct', sort: 'at' })).toEqual(['createProduct true']);
    const [newest, second] = (await listAuditEntries(shop.ctx, {})).items;
    expect(await list({ from: newest!.at, operation: 'updateProduct' })).toContain('updateProduct true');
    expect(await list({ to: second!.at, operation: 'updateProduct' })).toEqual([]);
    const first = await listAuditEntries(shop.ctx, { size: 2 });
    const next = await listAuditEntries(shop.ctx, { size: 2, cursor: first.nextCursor });
    const all = (await listAuditEntries(shop.ctx, {})).items.map(({ id }) => id);
    expect([...first.items, ...next.items].map(({ id }) => id)).toEqual(all.slice(0, 4));
  });
});
