/** Customers in and out over HTTP: files as they are uploaded, who may do so, and an export that comes back as it went. */
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import type { Scope } from '#kernel/auth/scopes';
import { createContext } from '#kernel/context';
import { ZERO } from '#kernel/decimal';
import { oneMark } from '#kernel/import/number-marks.rules';
import { cell } from '#sofa/export/csv';
import { EMAIL_TAKEN } from '#subgraphs/customers/customers';
import { planCustomers } from '#subgraphs/customers/import/customer-plan.rules';
import { readCustomer } from '#subgraphs/customers/import/customer-rows.rules';
import { customerErrors, normalizeCustomer } from '#subgraphs/customers/customer-input.rules';
import { workbook } from '#test/catalog/xlsx';
import { createOwner, TEST_PASSWORD } from '#test/harness/actors';
import { startTestPlatform, type RestRequest, type TestPlatform } from '#test/harness/platform';

let platform: TestPlatform;
let token: string;
const keys = new Map<Scope, string>();

beforeAll(async () => {
  platform = await startTestPlatform();
});
beforeEach(async () => {
  const { services } = platform;
  const shop = {
    services,
    contextFor: (actor: Parameters<typeof createContext>[1]) =>
      createContext(services, actor, { requestId: 'test', address: 'test' }),
  };
  const { user } = await createOwner(shop, { currency: 'EUR' });
  const login = await platform.rest('POST', '/api/v1/auth/login', {
    body: { email: user.email, password: TEST_PASSWORD },
  });
  token = (login.body as { access_token: string }).access_token;
  for (const scope of ['catalog:write', 'customers:read', 'customers:write', 'customers:credit'] as const) {
    const made = await platform.rest('POST', '/api/v1/auth/api-keys', {
      token,
      body: { name: scope, permissions: [scope] },
    });
    keys.set(scope, (made.body as { key: string }).key);
  }
});
afterAll(() => platform.stop());

interface Job {
  id: string;
  status: string;
  errors: { row: number; field: string; code: string }[];
  [field: string]: unknown;
}

async function ask<Body = Job>(
  method: string,
  path: string,
  request: RestRequest = {},
): Promise<{ status: number; body: Body }> {
  const { status, body } = await platform.rest(method, `/api/v1${path}`, { token, ...request });
  return { status, body };
}
const csv = (body: string, query = '') =>
  ask('POST', `/customers/bulk-create${query}`, { body, headers: { 'content-type': 'text/csv' } });

/** What nobody thinks of: scripts, quotes, line breaks, what a spreadsheet runs, and what it hides. */
const PEOPLE = [
  { name: '=HYPERLINK("http://x")', notes: '-1+2', tags: ['=x', '@y'] },
  { name: "'=quoted already", notes: "'quoted" },
  { name: '+49 30 1', phone: '+49 (0)30 1234567 ext. 12', email: 'plus+tag@example.com' },
  { name: 'Άννα Παπαδοπούλου', notes: 'line one\nline two\r\nline three', tags: ['a;b', 'c'] },
  { name: '王小明', phone: '+86 10 1234 5678', tags: ['a, b'] },
  { name: 'محمد علي', tax_number: '00123', notes: '"quoted", and; more\tthings' },
  { name: 'नरेन्द्र', tax_number: '1E5', credit_limit: '1234.50' },
  { name: 'Zoë\u200b O’Brien\u00ad', marketing_consent: true, notes: '\u202abidi\u202c' },
  { name: 'שרה', email: 'sarah@example.com', language: 'he-il' },
  { name: '="0360"', tax_number: "'DE1", phone: '030.12/34-5' },
  { name: '😀 GmbH & Co. KG', notes: '=SUM(A1:A9)\n=2', credit_limit: '0.01' },
];

it('an export comes back as it went', async () => {
  for (const body of PEOPLE) expect((await ask('POST', '/customers', { body })).status).toBe(201);
  for (const dialect of ['', '&bom=true', '&decimal=comma', '&separator=tab&bom=true']) {
    const exported = await platform.rest('GET', `/api/v1/customers?format=csv${dialect}`, { token });
    expect(exported.status).toBe(200);
    const { body } = await csv(exported.text);
    expect(body).toMatchObject({
      status: 'completed',
      total: PEOPLE.length,
      created: 0,
      updated: PEOPLE.length,
      unchanged: PEOPLE.length,
      failed: 0,
      warned: 0,
      warnings: [],
      errors: [],
      row_warnings: [],
    });
  }
  const book = await fetch(`${platform.url}/api/v1/customers?format=xlsx`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { body: sheet } = await ask('POST', '/customers/bulk-create', {
    body: new Uint8Array(await book.arrayBuffer()),
    headers: { 'content-type': book.headers.get('content-type')! },
  });
  expect(sheet).toMatchObject({
    total: PEOPLE.length,
    unchanged: PEOPLE.length,
    created: 0,
    failed: 0,
    warned: 0,
    warnings: [],
  });
  const exported = await platform.rest('GET', '/api/v1/customers?format=csv', { token });
  const after = await platform.rest('GET', '/api/v1/customers?format=csv', { token });
  expect(after.text).toBe(exported.text);
  // In another shop, whose ids are others, the same file makes the same customers.
  const rows = parse<Record<string, string>>(exported.text, { columns: true });
  expect(rows.map(({ name }) => name)).toContain('\'=HYPERLINK("http://x")');
  expect(rows.map(({ language }) => language).filter((language) => language !== '')).toEqual(['he-IL']);
});

it('a language is stored in its canonical form, and a row with another text is rejected', async () => {
  const { body } = await csv('name,lang\nNoam,he-il\nLia,in Hebrew\n');
  expect(body).toMatchObject({
    created: 1,
    failed: 1,
    errors: [{ row: 3, field: 'language', code: 'INVALID' }],
  });
  const { items } = (await ask('GET', '/customers?search=Noam')).body as { items?: { language: string }[] };
  expect(items).toMatchObject([{ language: 'he-IL' }]);
});

it('any customer that is kept comes back as it is', () => {
  const text = fc
    .string({ unit: 'binary', maxLength: 30 })
    .map((each) => each.replace(/[\p{Cc}\p{Cs}]/gu, '\n'));
  const odd = fc.constantFrom(
    '=1',
    "'=1",
    '+49 30 12',
    "'a",
    ' x ',
    '',
    '\u200bx',
    '="1"',
    "''=x",
    '1.500',
    '-',
    '@',
  );
  const person = fc.record({
    name: fc.oneof(text, odd),
    notes: fc.oneof(text, odd),
    taxNumber: fc.oneof(text, odd),
    language: fc.constantFrom('', 'de', 'pt-br', 'zh-Hant-TW'),
    tags: fc.array(fc.oneof(text, odd), { maxLength: 3 }),
  });
  fc.assert(
    fc.property(person, (given) => {
      fc.pre(customerErrors(given, 'EUR').length === 0);
      const kept = normalizeCustomer(given, 'DE');
      const before = {
        ...kept,
        id: '0190a000-000b-7000-8000-000000000001',
        organizationId: '',
        currency: 'EUR',
        creditBalance: ZERO,
        createdAt: new Date(),
        updatedAt: new Date(),
        version: 1,
        erasedAt: null,
      };
      const { id, name, notes, taxNumber, language, tags, marketingConsent } = before;
      const cells = Object.fromEntries(
        Object.entries({ id, name, notes, taxNumber, language, tags, marketingConsent }).map(
          ([column, value]) => [column, cell(value)],
        ),
      );
      // A code that a spreadsheet writes so has lost digits, and a file cannot say that this one has not.
      fc.pre(!/^\d[.,]\d+E|E\+/i.test(taxNumber ?? ''));
      const draft = readCustomer({ row: 2, cells }, oneMark('point'));
      const rules = {
        creates: true,
        currency: 'EUR',
        country: 'DE',
        undecided: undefined,
        emailTaken: EMAIL_TAKEN,
      };
      const { unchanged, faults } = planCustomers(rules, [draft], [before], new Map());
      expect([unchanged.length, faults]).toEqual([1, []]);
    }),
    { numRuns: 2_000 },
  );
});

it('files are uploaded as they are, and in a form', async () => {
  const raw = await csv('name,email\nAda,ada@example.com\nGrace,nobody\n');
  expect(raw.status).toBe(202);
  expect(raw.body).toMatchObject({
    status: 'completed',
    kind: 'customer_create',
    created: 1,
    failed: 1,
    recognized_as: null,
  });
  expect(raw.body.errors).toEqual([expect.objectContaining({ row: 3, field: 'email', code: 'INVALID' })]);
  const book = await workbook([
    ['name', 'email', 'credit_limit'],
    ['Ada', 'ada@example.com', 10.5],
  ]);
  const type = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
  const sheet = await ask('POST', '/customers/bulk-create', {
    body: book,
    headers: { 'content-type': type },
  });
  expect(sheet.body).toMatchObject({ status: 'completed', updated: 1, unchanged: 0, failed: 0 });
  const form = new FormData();
  form.set(
    'file',
    new Blob(['name;email;credit_limit\nAda;ada@example.com;10,50\n'], { type: 'text/csv' }),
    'customers.csv',
  );
  form.set('dry_run', 'true');
  const dry = await ask('PUT', '/customers/bulk-update', { body: form });
  expect(dry).toMatchObject({
    status: 200,
    body: { kind: 'customer_update', dry_run: true, file_name: 'customers.csv', unchanged: 1 },
  });
  expect((await ask('GET', `/customer-imports/${dry.body.id}`)).status).toBe(404);
  const none = await ask('POST', '/customers/bulk-create', { body: {} });
  expect(none.status).toBe(422);
});

it('each kind of import is shown to those who may do it', async () => {
  const by = (scope: Scope) => ({ token: keys.get(scope)! });
  const mine = await ask('POST', '/customers/bulk-create', {
    ...by('customers:write'),
    body: { items: [{ name: 'Ada' }, {}] },
  });
  expect(mine).toMatchObject({ status: 202, body: { created: 1, failed: 1 } });
  const goods = await ask('POST', '/products/bulk-create', {
    ...by('catalog:write'),
    body: { items: [{ sku: 'A' }] },
  });
  const { id } = mine.body;
  const routes = (folder: string, job: string): [string, string][] => [
    ['GET', `/${folder}`], ['GET', `/${folder}/${job}`], ['GET', `/${folder}/${job}/errors`], ['GET', `/${folder}/${job}/errors?format=csv`],
    ['POST', `/${folder}/${job}/cancel`],
  ]; // prettier-ignore
  const statuses = async (scope: Scope, folder: string, job: string) =>
    Promise.all(
      routes(folder, job).map(async ([method, path]) => (await ask(method, path, by(scope))).status),
    );
  expect(await statuses('customers:write', 'customer-imports', id)).toEqual([200, 200, 200, 200, 200]);
  expect(await statuses('customers:write', 'customer-imports', goods.body.id)).toEqual([
    200, 404, 404, 404, 404,
  ]);
  for (const scope of ['catalog:write', 'customers:read', 'customers:credit'] as const) {
    expect(await statuses(scope, 'customer-imports', id)).toEqual([403, 403, 403, 403, 403]);
  }
  expect(await statuses('customers:write', 'product-imports', goods.body.id)).toEqual([
    403, 403, 403, 403, 403,
  ]);
  expect(await statuses('catalog:write', 'product-imports', id)).toEqual([200, 404, 404, 404, 404]);
  expect(
    (await ask<{ items: { id: string }[] }>('GET', '/customer-imports')).body.items.map((job) => job.id),
  ).toEqual([id]);
  for (const scope of ['catalog:write', 'customers:read'] as const) {
    expect(
      (await ask('POST', '/customers/bulk-create', { ...by(scope), body: { items: [{ name: 'A' }] } }))
        .status,
    ).toBe(403);
  }
  const items = [{ name: 'Rich', credit_limit: 5 }];
  const limit = await ask('POST', '/customers/bulk-create', { ...by('customers:write'), body: { items } });
  expect(limit.body.errors).toMatchObject([{ row: 1, field: 'credit_limit', code: 'APPROVAL_REQUIRED' }]);
});
