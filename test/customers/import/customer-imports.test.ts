/** Importing customers: the result of each row, the permissions, and the number of statements. */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Scope } from '#kernel/auth/scopes';
import { sql } from '#kernel/db/database';
import type { ImportJobRow } from '#kernel/import/import-jobs';
import { remarksOfJobs } from '#kernel/import/import-report';
import {
  cancelImport,
  importJob,
  listImportErrors,
  listImportJobs,
} from '#subgraphs/catalog/import/bulk-operations';
import { createCustomer, type CustomerRow } from '#subgraphs/customers/customers';
import { deleteCustomer } from '#subgraphs/orders/customers/delete-customer';
import {
  bulkCreateCustomers,
  bulkUpdateCustomers,
  cancelCustomerImport,
  customerImport,
  listCustomerImportErrors,
  listCustomerImports,
} from '#subgraphs/customers/import/customer-imports';
import type { BulkCustomersInput } from '#subgraphs/customers/inputs.generated';
import { searchCustomers } from '#subgraphs/customers/customers.queries';
import { rowCounts, testDatabase, type TestDatabase } from '#test/harness/database';
import { endOfImport } from '#test/harness/imports';
import { bulkCreateProducts } from '#test/harness/products';
import { recorded } from '#test/harness/statements';
import { amount, csvFile, expectError } from '#test/harness/values';
import { workbook, type Cell } from '#test/catalog/xlsx';
import {
  createColleagueOf,
  createOwner,
  TEST_PASSWORD,
  userActor,
  type TestOwner,
} from '#test/harness/actors';

let db: TestDatabase;
let owner: TestOwner;

beforeAll(async () => {
  db = await testDatabase();
});
beforeEach(async () => {
  owner = await createOwner(db, { currency: 'EUR' });
});
afterAll(() => db.close());

const fresh = (request: object = {}) => db.contextFor(owner.actor, request);
const as = (...scopes: Scope[]) => {
  const { organizationId, branchId } = owner;
  return db.contextFor(userActor({ organizationId, branchId, userId: owner.user.id, scopes }));
};
const create = (input: BulkCustomersInput) => bulkCreateCustomers(fresh(), input);
const file = (text: string) => ({ file: csvFile(text, 'text/csv', 'customers.csv') });
const counts = ({ created, updated, unchanged, failed, warned }: ImportJobRow) => ({
  created,
  updated,
  unchanged,
  failed,
  warned,
});
const remarks = async (job: ImportJobRow) => {
  const { error, warning } = job.remarks ?? (await remarksOfJobs(fresh().db, [job.id])).get(job.id)!;
  return [...error, ...warning].map(({ row, field, code }) => [row, field, code]);
};
const all = () =>
  fresh().db.many<CustomerRow>(sql`select * from customers where erased_at is null order by name, id`);
const ADA = {
  name: 'Ada Fischer',
  email: 'ada@example.com',
  phone: '+49 30 1234567',
  tags: ['regular'],
  creditLimit: amount(50),
};

describe('an import of customers', () => {
  it('makes new ones, changes those who are there, and leaves alone whoever is as the row says', async () => {
    const ada = await createCustomer(owner.ctx, ADA);
    const grace = await createCustomer(owner.ctx, { name: 'Grace Weber', email: 'grace@example.com' });
    const rows = [
      'Name,E-Mail,Phone Number,Tax ID,notes,TAGS,credit_limit,Marketing Consent',
      'Ada Fischer,ADA@example.com,+49 30 1234567,,,regular,50.00,no',
      'Grace Weber-Klein,grace@example.com,,DE 811,"two\nlines",vip; regular,,yes',
      'Bakery North,,+49 40 555,,,"wholesale, north",100,',
    ];
    const job = await create(file(rows.join('\n')));
    expect(counts(job)).toEqual({ created: 1, updated: 2, unchanged: 1, failed: 0, warned: 0 });
    expect(job).toMatchObject({
      kind: 'customer_create',
      status: 'completed',
      total: 3,
      processed: 3,
      deleted: 0,
      warnings: [],
    });
    const [kept, bakery, changed] = await all();
    expect(kept).toMatchObject({ id: ada.id, updatedAt: ada.updatedAt });
    expect(bakery).toMatchObject({
      name: 'Bakery North',
      email: null,
      phone: '+49 40 555',
      tags: ['wholesale', 'north'],
      currency: 'EUR',
    });
    expect(bakery!.creditLimit).toEqual(amount(100));
    expect(changed).toMatchObject({
      id: grace.id,
      name: 'Grace Weber-Klein',
      email: 'grace@example.com',
      taxNumber: 'DE 811',
      notes: 'two\nlines',
      tags: ['vip', 'regular'],
      marketingConsent: true,
      creditLimit: amount(0),
    });
    // The till finds them by what they are called now.
    const found = async (q: string) => (await searchCustomers(fresh(), q)).map(({ id }) => id);
    expect([await found('klein'), await found('040555'), await found('ada fis')]).toEqual([
      [grace.id],
      [bakery!.id],
      [ada.id],
    ]);
  });

  it('writes an event and the trail for each customer that it makes or changes, and none for another', async () => {
    await createCustomer(owner.ctx, ADA);
    const { id } = await createCustomer(owner.ctx, { name: 'Grace', email: 'grace@example.com' });
    const operation = {
      name: 'bulkCreateCustomers',
      input: { input: { items: [{ name: 'x', email: 'secret@example.com' }] } },
    };
    await bulkCreateCustomers(fresh({ operation }), {
      items: [ADA, { email: 'grace@example.com', name: 'Grace Weber' }, { name: 'New' }],
    });
    const events = await fresh().db.many<{ key: string }>(
      sql`select key from outbox_events where type = 'customer.changed'`,
    );
    const made = (await all()).find(({ name }) => name === 'New')!.id;
    // The first two are of the customers that were there.
    expect(
      events
        .slice(2)
        .map(({ key }) => key)
        .sort(),
    ).toEqual([id, made].sort());
    const trail = await fresh().db.many<{ entityId: string; input: unknown }>(sql`
      select c.entity_id, e.input from audit_changes c join audit_entries e on e.id = c.entry_id
      where e.operation = 'bulkCreateCustomers' and c.entity = 'customers'`);
    expect(trail.map(({ entityId }) => entityId).sort()).toEqual([id, made].sort());
    expect(JSON.stringify(trail)).not.toContain('secret@example.com');
  });

  it('finds a customer by id, by e-mail address, and by name and number where there is none', async () => {
    const ada = await createCustomer(owner.ctx, ADA);
    const shop = await createCustomer(owner.ctx, { name: 'Käse Müller', phone: '+49 40 98765' });
    const job = await create({
      items: [
        { id: ada.id.toUpperCase(), email: 'ada@new.example.com' },
        { name: 'kase muller', phone: '0049 (40) 98765', notes: 'Mondays' },
        { id: randomUUID(), name: 'Nobody' },
        { id: '17', name: 'Nobody' },
      ],
    });
    expect(counts(job)).toEqual({ created: 0, updated: 2, unchanged: 0, failed: 2, warned: 0 });
    expect(await remarks(job)).toEqual([
      [3, 'id', 'NOT_FOUND'],
      [4, 'id', 'NOT_FOUND'],
    ]);
    expect(await all()).toMatchObject([
      { id: ada.id, name: 'Ada Fischer', email: 'ada@new.example.com' },
      { id: shop.id, name: 'kase muller', notes: 'Mondays' },
    ]);
    await createCustomer(owner.ctx, { name: 'Kase Muller', phone: '+49 40 98765' });
    const twice = await create({ items: [{ name: 'Kase Muller', phone: '+494098765' }] });
    expect(await remarks(twice)).toEqual([[1, 'phone', 'AMBIGUOUS']]);
  });

  it('refuses a taken e-mail address, in the database and in the file, and only that row', async () => {
    const ada = await createCustomer(owner.ctx, ADA);
    await createCustomer(owner.ctx, { name: 'Grace', email: 'grace@example.com' });
    const job = await create({
      items: [
        { id: ada.id, email: 'Grace@example.com' },
        { name: 'New', email: 'new@example.com' },
        { name: 'Twin', email: ' NEW@example.com' },
        { name: 'Other', email: 'other@example.com' },
        { email: 'grace@example.com', notes: 'first' },
        { email: 'grace@example.com', notes: 'second' },
      ],
    });
    expect(counts(job)).toEqual({ created: 2, updated: 1, unchanged: 0, failed: 3, warned: 0 });
    expect(await remarks(job)).toEqual([
      [1, 'email', 'TAKEN'],
      [3, 'email', 'ALREADY_EXISTS'],
      [6, 'email', 'ALREADY_EXISTS'],
    ]);
    expect((await all()).map(({ name, notes }) => [name, notes])).toEqual([
      ['Ada Fischer', null], ['Grace', 'first'], ['New', null], ['Other', null],
    ]); // prettier-ignore
  });

  it('knows twins across batches', async () => {
    const rows = Array.from({ length: 600 }, (_, at) => `Customer ${at},c${at}@example.com`);
    const job = await endOfImport(
      fresh(),
      create(file(['name,email', ...rows, 'Again,C3@example.com', 'Fresh,fresh@example.com'].join('\n'))),
    );
    expect(counts(job)).toEqual({ created: 601, updated: 0, unchanged: 0, failed: 1, warned: 0 });
    expect(await remarks(job)).toEqual([[602, 'email', 'ALREADY_EXISTS']]);
  });

  it('names every fault of a row, and repeats nobody\u2019s data', async () => {
    const job = await create(
      file(
        [
          'name,email,phone,tags,credit_limit,marketing_consent,currency,notes',
          ',nobody,call me,,x,perhaps,USD,',
          `${'n'.repeat(201)},,4.93012E+11,${'t'.repeat(51)};ok,-1,,eur,${'x'.repeat(5001)}`,
          'Fine,fine@example.com,,,,,EUR,',
          'Odd,odd@example.com,,,12.345,,,"a, b",surplus',
        ].join('\n'),
      ),
    );
    expect(counts(job)).toEqual({ created: 1, updated: 0, unchanged: 0, failed: 3, warned: 0 });
    expect(await remarks(job)).toEqual([
      [2, 'creditLimit', 'NUMBER'], [2, 'marketingConsent', 'FLAG'], [2, 'name', 'REQUIRED'], [2, 'email', 'INVALID'], [2, 'phone', 'INVALID'],
      [2, 'currency', 'CURRENCY'],
      [3, 'phone', 'ROUNDED'], [3, 'name', 'LENGTH'], [3, 'notes', 'LENGTH'], [3, 'creditLimit', 'NEGATIVE'], [3, 'tags.0', 'LENGTH'],
      [5, 'row', 'COLUMNS'],
    ]); // prettier-ignore
    const messages = await fresh().db.many<{ message: string }>(sql`select message from import_errors`);
    expect(messages.some(({ message }) => /nobody|call me/.test(message))).toBe(false);
  });

  it('puts names together, and says what it leaves out', async () => {
    const job = await create(
      file(
        'First Name;Surname;Company;Balance;Shoe size\nAda;Fischer;;0;38\nGrace;;Weber GmbH;12,50;\n;;Bakery;;\n',
      ),
    );
    expect(counts(job)).toEqual({ created: 3, updated: 0, unchanged: 0, failed: 0, warned: 1 });
    expect(job.warnings).toEqual(['The column "Shoe size" is unknown and was ignored.']);
    expect(await remarks(job)).toEqual([
      [3, 'company', 'NOT_TAKEN'],
      [3, 'creditBalance', 'NOT_TAKEN'],
    ]);
    expect((await all()).map(({ name }) => name)).toEqual(['Ada Fischer', 'Bakery', 'Grace']);
    const nameless = await create(file('email,notes\nada@example.com,x\n'));
    expect(nameless.warnings).toEqual([
      'There is no column "name", so only existing customers can be imported.',
    ]);
    expect(await remarks(nameless)).toEqual([[2, 'name', 'REQUIRED']]);
  });

  it('takes tags as a list in JSON, and refuses what is none', async () => {
    const job = await create({
      items: [
        { name: 'A', tags: ['a;b', ' c, d '] },
        { name: 'B', tags: [1] as unknown as string[] },
        { name: 'C', creditLimit: 5, marketingConsent: true },
        { name: 'D', phone: null, email: '', tags: [] },
      ],
    });
    expect(await remarks(job)).toEqual([[2, 'tags', 'TYPE']]);
    expect((await all()).map(({ tags, marketingConsent }) => [tags, marketingConsent])).toEqual([
      [['a;b', 'c, d'], false], [[], true], [[], false],
    ]); // prettier-ignore
  });

  it('comes out of a workbook with its numbers', async () => {
    const rows: Cell[][] = [
      ['name', 'phone', 'credit_limit', 'marketing_consent'],
      ['Ada', 49301234567, 250.5, true],
      ['Grace', "'+49 40 1", null, false],
    ];
    const type = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
    const job = await create({ file: csvFile(await workbook(rows), type, 'customers.xlsx') });
    expect(job).toMatchObject({ source: 'xlsx', created: 2, failed: 0 });
    expect(await all()).toMatchObject([
      { name: 'Ada', phone: '49301234567', creditLimit: amount('250.5'), marketingConsent: true },
      { name: 'Grace', phone: '+49 40 1' },
    ]);
  });

  it('leaves erased customers alone', async () => {
    const { id } = await createCustomer(owner.ctx, ADA);
    await deleteCustomer(owner.ctx, id);
    const job = await create({ items: [{ id, name: 'Ada' }, ADA] });
    expect(await remarks(job)).toEqual([[1, 'id', 'NOT_FOUND']]);
    expect(counts(job)).toMatchObject({ created: 1, updated: 0 });
  });

  it('sees no customer of another organization', async () => {
    const other = await createOwner(db, { currency: 'EUR' });
    const { id } = await createCustomer(other.ctx, ADA);
    const job = await create({ items: [{ id, name: 'Mine now' }, ADA] });
    expect(await remarks(job)).toEqual([[1, 'id', 'NOT_FOUND']]);
    expect(job.created).toBe(1);
    expect(await other.ctx.db.one(sql`select name from customers`)).toEqual({ name: 'Ada Fischer' });
  });
});

it('a dry run answers the same report, and writes nothing', async () => {
  await createCustomer(owner.ctx, ADA);
  const { id } = await createCustomer(owner.ctx, { name: 'Grace', email: 'grace@example.com' });
  const items = [
    ADA,
    { id, name: 'Grace W' },
    { name: 'New', email: 'n@example.com' },
    { name: 'Twin', email: 'n@example.com' },
    {},
  ];
  const before = await rowCounts(db);
  const dry = await create({ items, dryRun: true });
  expect(dry.dryRun).toBe(true);
  expect(await rowCounts(db)).toEqual(before);
  const real = await create({ items });
  expect(counts(dry)).toEqual({ created: 1, updated: 2, unchanged: 1, failed: 2, warned: 0 });
  expect(counts(real)).toEqual(counts(dry));
  expect(await remarks(dry)).toEqual(await remarks(real));
});

it('an update makes nobody', async () => {
  const ada = await createCustomer(owner.ctx, ADA);
  const job = await bulkUpdateCustomers(fresh(), {
    items: [
      { email: 'ada@example.com', notes: 'x' },
      { email: 'no@example.com', name: 'No' },
      { name: 'No' },
      { name: 'No', phone: '030 99' },
    ],
  });
  expect(job).toMatchObject({ kind: 'customer_update', created: 0, updated: 1, failed: 3 });
  expect(await remarks(job)).toEqual([
    [2, 'email', 'NOT_FOUND'],
    [3, 'id', 'REQUIRED'],
    [4, 'phone', 'NOT_FOUND'],
  ]);
  expect(await all()).toMatchObject([{ id: ada.id, notes: 'x' }]);
});

describe('a credit limit', () => {
  const limits = async () =>
    fresh().db.many<{ name: string; creditLimit: unknown; creditLimitApprovedBy: string | null }>(
      sql`select name, credit_limit, credit_limit_approved_by from customers order by name`,
    );
  const items = [
    { email: 'ada@example.com', creditLimit: '50.00', notes: 'the same limit' },
    { email: 'grace@example.com', creditLimit: 20 },
    { name: 'New', creditLimit: '0' },
    { name: 'Rich', creditLimit: '0.01' },
  ];
  beforeEach(async () => {
    await createCustomer(owner.ctx, ADA);
    await createCustomer(owner.ctx, { name: 'Grace', email: 'grace@example.com' });
  });

  it('needs the permission only where it is another one than before', async () => {
    const job = await bulkCreateCustomers(as('customers:write'), { items });
    expect(counts(job)).toEqual({ created: 1, updated: 1, unchanged: 0, failed: 2, warned: 0 });
    expect(await remarks(job)).toEqual([
      [2, 'creditLimit', 'APPROVAL_REQUIRED'],
      [4, 'creditLimit', 'APPROVAL_REQUIRED'],
    ]);
    const allowed = await bulkCreateCustomers(as('customers:write', 'customers:credit'), { items });
    expect(counts(allowed)).toEqual({ created: 2, updated: 2, unchanged: 1, failed: 0, warned: 0 });
  });

  it('is decided by a colleague, whose name is kept where the limit is another one', async () => {
    const manager = await createColleagueOf(db, owner, 'manager');
    const approval = { email: manager.email, password: TEST_PASSWORD };
    await bulkCreateCustomers(as('customers:write'), { items, approval });
    expect(await limits()).toEqual([
      { name: 'Ada Fischer', creditLimit: amount(50), creditLimitApprovedBy: null },
      { name: 'Grace', creditLimit: amount(20), creditLimitApprovedBy: manager.id },
      { name: 'New', creditLimit: amount(0), creditLimitApprovedBy: null },
      { name: 'Rich', creditLimit: amount('0.01'), creditLimitApprovedBy: manager.id },
    ]);
    await expectError(
      'INVALID_CREDENTIALS',
      bulkCreateCustomers(as('customers:write'), { items, approval: { ...approval, password: 'x' } }),
    );
  });
});

describe('an import job', () => {
  it('is shown by its own domain only', async () => {
    const customers = await create({ items: [{}, { name: 'A' }] });
    const products = await bulkCreateProducts(fresh(), { items: [{}] });
    expect(await customerImport(fresh(), customers.id)).toMatchObject({ kind: 'customer_create', failed: 1 });
    await expectError('NOT_FOUND', customerImport(fresh(), products.id));
    await expectError('NOT_FOUND', importJob(fresh(), customers.id));
    await expectError('NOT_FOUND', listCustomerImportErrors(fresh(), products.id, {}));
    await expectError('NOT_FOUND', listImportErrors(fresh(), customers.id, {}));
    await expectError('NOT_FOUND', cancelCustomerImport(fresh(), products.id));
    await expectError('NOT_FOUND', cancelImport(fresh(), customers.id));
    const ids = ({ items }: { items: ImportJobRow[] }) => items.map(({ id }) => id);
    expect(ids(await listCustomerImports(fresh(), {}))).toEqual([customers.id]);
    expect(ids(await listImportJobs(fresh(), {}))).toEqual([products.id]);
    expect(ids(await listCustomerImports(fresh(), { kind: 'create' }))).toEqual([]);
    expect(ids(await listCustomerImports(fresh(), { kind: 'customer_create', status: 'completed' }))).toEqual(
      [customers.id],
    );
    expect((await listCustomerImportErrors(fresh(), customers.id, {})).items).toMatchObject([
      { row: 1, field: 'name' },
    ]);
    await expectError('NOT_FOUND', customerImport((await createOwner(db)).ctx, customers.id));
  });

  it('is answered again for the same key and file, and refused for another file', async () => {
    const send = (text: string) => bulkCreateCustomers(fresh({ idempotencyKey: 'k' }), file(text));
    const first = await send('name\nAda\n');
    expect((await send('name\nAda\n')).id).toBe(first.id);
    expect(await all()).toHaveLength(1);
    await expectError('IDEMPOTENCY_KEY_REUSED', send('name\nGrace\n'));
  });

  it('is cancelled between two batches; what was taken stays', async () => {
    const source = new Readable({ read: () => undefined });
    source.push('name,email\n');
    for (let row = 0; row < 20_000; row += 1) source.push(`Name ${row},c${row}@example.com\n`);
    source.push(null);
    const running = bulkCreateCustomers(fresh(), { file: csvFile(source) });
    let job: ImportJobRow | undefined;
    while (!job || job.processed === 0) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      [job] = (await listCustomerImports(fresh(), {})).items;
    }
    const cancelled = await cancelCustomerImport(fresh(), job.id);
    expect(cancelled.status).toBe('cancelled');
    const ended = await endOfImport(fresh(), running);
    expect(ended).toMatchObject({ status: 'cancelled', created: cancelled.created });
    expect(await all()).toHaveLength(cancelled.created);
    expect(cancelled.created).toBeLessThan(20_000);
  }, 60_000);

  it('asks as many statements for a full batch as for a few rows', async () => {
    const statementsOf = async (count: number, offset: number) => {
      await bulkCreateCustomers(fresh(), { items: rowsOf(0, 1, offset) });
      const { ctx, statements } = recorded(fresh());
      const job = await bulkCreateCustomers(ctx, { items: rowsOf(0, count, offset) });
      expect(counts(job)).toEqual({ created: count - 1, updated: 1, unchanged: 0, failed: 0, warned: 0 });
      return statements.length;
    };
    const rowsOf = (from: number, to: number, offset: number) =>
      Array.from({ length: to - from }, (_, at) => ({
        name: `Customer ${offset + at}`,
        email: `c${offset + at}@example.com`,
        notes: randomUUID(),
        phone: `+49 30 ${1_000 + offset + at}`,
      }));
    const few = await statementsOf(3, 0);
    expect(await statementsOf(500, 1_000)).toBe(few);
  });
});
