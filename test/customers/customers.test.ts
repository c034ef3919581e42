import { randomUUID } from 'node:crypto';
import { sql } from '#kernel/db/database';
import type { Scope } from '#kernel/auth/scopes';
import { transact } from '#kernel/db/transact';
import { customerById, customersByIds, insertCustomers, postCredit } from '#subgraphs/customers/index';
import { addCustomerAddress, addressesOf } from '#subgraphs/customers/addresses';
import { createCustomer, requireCustomer, updateCustomer } from '#subgraphs/customers/customers';
import { deleteCustomer } from '#subgraphs/orders/customers/delete-customer';
import { listCustomers, searchCustomers } from '#subgraphs/customers/customers.queries';
import { createOwner, userActor, type TestOwner } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { asOwner } from '#test/harness/server';
import { amount, errorOf, fieldCodeOf } from '#test/harness/values';

let db: TestDatabase;
let owner: TestOwner;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  owner = await createOwner(db, { currency: 'EUR' });
});

const INPUT = {
  name: ' Ada Fischer ',
  email: 'Ada@Example.com',
  phone: '+49 30 1234567',
  taxNumber: 'DE123',
  notes: '',
  tags: ['regular', 'regular', 'vip'],
  creditLimit: amount('250.00'),
  marketingConsent: true,
};

describe('a customer', () => {
  it('is made, cleaned and read', async () => {
    const made = await createCustomer(owner.ctx, INPUT);
    expect(made).toMatchObject({
      name: 'Ada Fischer',
      email: 'ada@example.com',
      phone: '+49 30 1234567',
      taxNumber: 'DE123',
      notes: null,
      tags: ['regular', 'vip'],
      currency: 'EUR',
      creditLimit: amount(250),
      creditBalance: amount(0),
      marketingConsent: true,
      erasedAt: null,
    });
    expect(await requireCustomer(owner.ctx.db, made.id)).toEqual(made);
    expect(await customerById(owner.ctx.db, 'nonsense')).toBeUndefined();
    expect(await fieldCodeOf(requireCustomer(db.contextFor().db, made.id))).toBe('NOT_FOUND');
  });

  it('names every fault at once', async () => {
    const work = createCustomer(owner.ctx, {
      name: ' ',
      email: 'a@b',
      phone: 'call me',
      creditLimit: amount('0.001'),
      tags: [''],
    });
    await expect(work).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      errors: [
        { field: 'name', code: 'REQUIRED' },
        { field: 'creditLimit', code: 'PRECISION' },
        { field: 'tags.0', code: 'REQUIRED' },
        { field: 'email', code: 'INVALID' },
        { field: 'phone', code: 'INVALID' },
      ],
    });
  });

  it('shares an e-mail address with no other of the organization', async () => {
    const first = await createCustomer(owner.ctx, INPUT);
    expect(await fieldCodeOf(createCustomer(owner.ctx, { name: 'B', email: 'ADA@example.com' }))).toBe(
      'TAKEN',
    );
    const second = await createCustomer(owner.ctx, { name: 'B' });
    expect(await fieldCodeOf(updateCustomer(owner.ctx, second.id, { email: 'ada@example.com' }))).toBe(
      'TAKEN',
    );
    expect(await updateCustomer(owner.ctx, first.id, { email: 'ADA@example.com' })).toMatchObject({
      email: 'ada@example.com',
    });
    const stranger = await createOwner(db);
    expect(await fieldCodeOf(createCustomer(stranger.ctx, INPUT))).toBe('none');
  });

  it('changes by what is given: the rest stays, null empties', async () => {
    const made = await createCustomer(owner.ctx, INPUT);
    const changed = await updateCustomer(owner.ctx, made.id, { phone: null, name: 'Ada Weber', tags: [] });
    expect(changed).toMatchObject({
      name: 'Ada Weber',
      phone: null,
      tags: [],
      email: 'ada@example.com',
      creditLimit: amount(250),
    });
    expect(await searchCustomers(owner.ctx, 'fischer')).toEqual([]);
    expect((await searchCustomers(owner.ctx, 'weber')).map(({ id }) => id)).toEqual([made.id]);
    expect(await fieldCodeOf(updateCustomer(owner.ctx, randomUUID(), {}))).toBe('NOT_FOUND');
  });

  it('is erased: nothing names the person, the id stays', async () => {
    const { id } = await createCustomer(owner.ctx, INPUT);
    await addCustomerAddress(owner.ctx, id, { line1: 'Lindenstrasse 12', city: 'Berlin', country: 'de' });
    expect(await deleteCustomer(owner.ctx, id)).toEqual({ id, deleted: true });
    expect((await customersByIds(owner.ctx.db, [id])).get(id)).toMatchObject({
      id,
      name: 'Deleted customer',
      email: null,
      phone: null,
      taxNumber: null,
      notes: null,
      tags: [],
      marketingConsent: false,
      erasedAt: expect.any(Date) as Date,
    });
    expect(await fieldCodeOf(requireCustomer(owner.ctx.db, id))).toBe('NOT_FOUND');
    expect(await fieldCodeOf(updateCustomer(owner.ctx, id, { name: 'X' }))).toBe('NOT_FOUND');
    expect(await fieldCodeOf(deleteCustomer(owner.ctx, id))).toBe('NOT_FOUND');
    expect((await listCustomers(owner.ctx, {})).items).toEqual([]);
    const left = await owner.ctx.db.one<{ text: string }>(sql`
      select coalesce((select string_agg(to_jsonb(c)::text, '') from customers c), '')
        || coalesce((select string_agg(to_jsonb(k)::text, '') from customer_keys k), '')
        || coalesce((select string_agg(to_jsonb(a)::text, '') from customer_addresses a), '')
        || coalesce((select string_agg(to_jsonb(e)::text, '') from outbox_events e), '') as text`);
    // An id may spell a short name by chance.
    expect(left.text.replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, '')).not.toMatch(
      /ada|fischer|1234567|DE123|linden/i,
    );
    expect(await fieldCodeOf(createCustomer(owner.ctx, INPUT))).toBe('none');
  });

  it('is not erased while the account is not settled', async () => {
    const { id } = await createCustomer(owner.ctx, INPUT);
    const book = (value: string) =>
      transact(owner.ctx, (tx) =>
        postCredit(tx, owner.ctx, {
          customerId: id,
          amount: amount(value),
          kind: 'correction',
          referenceType: 'test',
          referenceId: id,
        }),
      );
    await book('10.00');
    await expect(deleteCustomer(owner.ctx, id)).rejects.toMatchObject({
      code: 'ILLEGAL_STATE',
      details: { balance: '10.00' },
    });
    const writer = db.contextFor(userActor({ ...owner, scopes: ['customers:write'] }));
    const refusal = await errorOf(deleteCustomer(writer, id));
    expect(refusal.code).toBe('ILLEGAL_STATE');
    expect(refusal.details).toBeUndefined();
    expect(refusal.message).not.toContain('10');
    await book('-10.00');
    expect(await fieldCodeOf(deleteCustomer(owner.ctx, id))).toBe('none');
  });
});

it('tells what is left of an account to those alone who may look at it', async () => {
  const { id } = await createCustomer(owner.ctx, INPUT);
  const buyAs = (scopes: readonly Scope[]) => {
    const ctx = db.contextFor(userActor({ ...owner, scopes }));
    const posting = {
      customerId: id,
      amount: amount('260.00'),
      kind: 'sale',
      referenceType: 'order',
      referenceId: id,
    } as const;
    return errorOf(transact(ctx, (tx) => postCredit(tx, ctx, posting)));
  };
  for (const scope of ['customers:read', 'pos:sell'] as const) {
    const { details, message } = await buyAs([scope]);
    expect(details).toEqual({ available: '250.00' });
    expect(message).toBe('The available credit of 250.00 EUR does not cover 260.00.');
  }
  const { code, details, message } = await buyAs(['orders:write']);
  expect(code).toBe('PAYMENT_INSUFFICIENT');
  expect(details).toBeUndefined();
  expect(message).toBe('The available credit does not cover 260.00.');
});

describe('addresses', () => {
  it('are added, and one of each kind is the default', async () => {
    const { id } = await createCustomer(owner.ctx, INPUT);
    const home = { line1: 'Lindenstrasse 12', city: 'Berlin', country: 'de', postalCode: '10969' };
    const first = await addCustomerAddress(owner.ctx, id, home);
    expect(first).toMatchObject({ kind: 'shipping', country: 'DE', isDefault: true, line2: null });
    expect(await addCustomerAddress(owner.ctx, id, home)).toMatchObject({ isDefault: false });
    expect(await addCustomerAddress(owner.ctx, id, { ...home, kind: 'billing' })).toMatchObject({
      isDefault: true,
    });
    expect(await addCustomerAddress(owner.ctx, id, { ...home, isDefault: true })).toMatchObject({
      isDefault: true,
    });
    const addresses = (await addressesOf(owner.ctx, [id])).get(id)!;
    expect(addresses.map(({ kind, isDefault }) => [kind, isDefault])).toEqual([
      ['shipping', false],
      ['shipping', false],
      ['billing', true],
      ['shipping', true],
    ]);
    expect(await fieldCodeOf(addCustomerAddress(owner.ctx, id, { ...home, country: 'Germany' }))).toBe(
      'INVALID',
    );
    expect(await fieldCodeOf(addCustomerAddress(owner.ctx, id, { ...home, city: '' }))).toBe('REQUIRED');
    expect(await fieldCodeOf(addCustomerAddress(owner.ctx, randomUUID(), home))).toBe('NOT_FOUND');
  });
});

describe('finding customers', () => {
  const people = [
    { name: 'Anna Schmidt', email: 'anna@shop.test', phone: '+49 176 5550001' },
    { name: 'Annette Kowalski', email: null, phone: '030 5550002' },
    { name: 'José Schmitt', email: 'jose@shop.test', phone: null },
    { name: '100% Off_Ltd', email: null, phone: null },
  ];
  beforeEach(async () => {
    await transact(owner.ctx, (tx) =>
      insertCustomers(
        tx,
        people.map((person) => ({ id: owner.ctx.ids.next(), currency: 'EUR', ...person })),
      ),
    );
  });
  const names = async (text: string) => (await searchCustomers(owner.ctx, text)).map(({ name }) => name);

  it('goes by beginnings of words, mail addresses, and both ends of numbers', async () => {
    expect(await names('ann')).toEqual(['Anna Schmidt', 'Annette Kowalski']);
    expect(await names('SCHMI an')).toEqual(['Anna Schmidt']);
    expect(await names('jose')).toEqual(['José Schmitt']);
    expect(await names('anna@sh')).toEqual(['Anna Schmidt']);
    expect(await names('0176 5550')).toEqual(['Anna Schmidt']);
    expect(await names('0176 5550001')).toEqual(['Anna Schmidt']);
    expect(await names('50002')).toEqual(['Annette Kowalski']);
    expect(await names('100%')).toEqual(['100% Off_Ltd']);
  });

  it('falls back on names that are spelled alike', async () => {
    expect(await names('Kowalsky')).toEqual(['Annette Kowalski']);
    expect(await names('zzzz')).toEqual([]);
  });

  it('sees no other organization, and refuses an empty search', async () => {
    const stranger = await createOwner(db);
    expect(await searchCustomers(stranger.ctx, 'anna')).toEqual([]);
    expect(await searchCustomers(stranger.ctx, 'Kowalsky')).toEqual([]);
    expect(await fieldCodeOf(searchCustomers(owner.ctx, ' '))).toBe('REQUIRED');
    expect(await fieldCodeOf(searchCustomers(owner.ctx, 'a', 0))).toBe('INVALID');
  });

  it('lists by name, filtered and a page at a time', async () => {
    const first = await listCustomers(owner.ctx, { size: 3 });
    expect(first.items.map(({ name }) => name)).toEqual(['100% Off_Ltd', 'Anna Schmidt', 'Annette Kowalski']);
    const next = await listCustomers(owner.ctx, { size: 3, cursor: first.nextCursor });
    expect(next.items.map(({ name }) => name)).toEqual(['José Schmitt']);
    expect(await first.total()).toBe(4);
    expect(
      (await listCustomers(owner.ctx, { search: 'schmi', sort: '-name' })).items.map(({ name }) => name),
    ).toEqual(['José Schmitt', 'Anna Schmidt']);
    expect(await fieldCodeOf(listCustomers(owner.ctx, { sort: 'email' }))).toBe('INVALID');
  });

  it('uses an index for a prefix under row-level security', async () => {
    const system = owner.ctx;
    await transact(system, (tx) =>
      insertCustomers(
        tx,
        Array.from({ length: 3000 }, (_, index) => ({
          id: system.ids.next(),
          currency: 'EUR',
          name: `Person${index} Family${index}`,
        })),
      ),
    );
    const plan = await owner.ctx.db.many<{ queryPlan: string; 'QUERY PLAN': string }>(sql`
      explain select k.customer_id from customer_keys k
      where k.organization_id = ${owner.organizationId} and k.key collate "C" >= 'family77' and k.key collate "C" < 'family78'`);
    expect(JSON.stringify(plan)).toMatch(/Index Cond.*key/);
  });

  it('uses the trigram index for the inside of words and for similar names, with the rights of the functions that ask', async () => {
    const { system } = db.services.database;
    await system.run(sql`insert into customers (id, organization_id, currency, name, search_text, search_grams, created_at, updated_at)
      select gen_random_uuid(), ${owner.organizationId}, 'EUR', n, n, n, now(), now()
      from (select md5(i::text) as n from generate_series(1, 20000) i) names`);
    await asOwner(db.url, 'analyze customers');
    for (const condition of [sql`search_grams like '%c4ca4238%'`, sql`'c4ca4238a0b9' <% search_grams`]) {
      const plan = await system.many<Record<string, string>>(sql`explain (costs off) select id from customers
        where organization_id = ${owner.organizationId}::uuid and erased_at is null and ${condition}`);
      expect(plan.map((line) => Object.values(line)[0])).toContainEqual(
        expect.stringContaining('Bitmap Index Scan on customers_search_idx'),
      );
    }
  });
});
