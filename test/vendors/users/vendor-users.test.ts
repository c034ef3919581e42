/** The users of vendors over the whole platform: what they see and change, and what even the database keeps from them. */
import { randomUUID } from 'node:crypto';
import { vendorOf } from '#kernel/auth/actor';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { sqlState } from '#kernel/db/pg-errors';
import { transact } from '#kernel/db/transact';
import { userActor } from '#test/harness/actors';
import { demoId } from '#demo/ids';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';

let platform: TestPlatform;
let manager: string;
let admin: string;
let own: string;
beforeAll(async () => {
  platform = await startTestPlatform({ demoDays: 1 });
  manager = await signIn('manager@pospro.com');
  admin = await signIn('admin@pospro.com');
  own = await signIn('vendor@pospro.com');
}, 120_000);
afterAll(() => platform.stop());

async function signIn(email: string): Promise<string> {
  const { body } = await platform.rest('POST', '/api/v1/auth/login', {
    body: { email, password: 'secure123' },
  });
  return (body as { access_token: string }).access_token;
}

type Body = Record<string, unknown> & { items: Record<string, unknown>[]; code?: string };
const ask = async (method: string, path: string, token = own, body?: object) => {
  const answer = await platform.rest(method, `/api/v1${path}`, { token, ...(body && { body }) });
  return { ...answer, body: answer.body as Body };
};
const statusOf = async (...request: Parameters<typeof ask>) => {
  const { status, body } = await ask(...request);
  return [status, body.code];
};
const vendor = (number: number) => `/vendors/${demoId.vendor(number)}`;

/** The context of the demo's vendor user, past the API. */
const vendorContext = (number = 1): RequestContext =>
  platform.contextFor(
    userActor({
      organizationId: demoId.organization(1),
      userId: demoId.user(6),
      role: 'vendor',
      vendorId: demoId.vendor(number),
    }),
  );

const OWN_ROUTES = ['', '/products', '/orders', '/commissions', '/entries'];

it('sees the own vendor, goods, sold lines, ledger and payouts as the shop does', async () => {
  const seen = async (path: string, token: string) => (await ask('GET', path, token)).body;
  const hidden = { note: null, _hidden: expect.anything() as unknown };
  for (const path of OWN_ROUTES) {
    const { status, body } = await ask('GET', `${vendor(1)}${path}`);
    expect([path, status]).toEqual([path, 200]);
    const full = await seen(`${vendor(1)}${path}`, manager);
    if (path === '') expect({ ...body, ...hidden }).toEqual({ ...full, ...hidden });
    else expect([path, body.total, body.items.length > 0]).toEqual([path, full.total, true]);
  }
  const { items } = await seen(`${vendor(1)}/orders`, own);
  expect(Object.keys(items[0]!)).not.toContain('customer_id');
  expect(items.map(({ earnings }) => earnings)).toEqual(
    (await seen(`${vendor(1)}/orders`, manager)).items.map(({ earnings }) => earnings),
  );
  expect((await seen('/vendors', own)).items.map(({ name }) => name)).toEqual(['Riverbank Ceramics']);
  expect((await seen('/vendor-payouts', own)).items).toEqual([]);
  expect((await seen('/auth/me', own)).vendor_id).toBe(demoId.vendor(1));
  expect((await seen('/auth/permissions', own)).permissions).toEqual(['vendor:own']);
});

it("answers 404 for another vendor's ids, as for ids that never were", async () => {
  const unknown = `/vendors/${randomUUID()}`;
  for (const path of OWN_ROUTES) {
    expect([path, await statusOf('GET', `${vendor(7)}${path}`)]).toEqual([path, [404, 'NOT_FOUND']]);
    expect([path, await statusOf('GET', `${unknown}${path}`)]).toEqual([path, [404, 'NOT_FOUND']]);
  }
  const account = { bank_account: { holder: 'Thief', iban: 'GB82 WEST 1234 5698 7654 32' } };
  expect(await statusOf('PUT', `${vendor(7)}/bank-account`, own, account)).toEqual([404, 'NOT_FOUND']);
  const payout = `/vendor-payouts/${demoId.vendorPayout(1)}`;
  for (const path of ['', '/entries', '/statement']) {
    expect([path, (await ask('GET', `${payout}${path}`, manager)).status]).toEqual([path, 200]);
    expect([path, await statusOf('GET', `${payout}${path}`)]).toEqual([path, [404, 'NOT_FOUND']]);
  }
  expect((await ask('GET', `/vendor-payouts?vendor_id=${demoId.vendor(7)}`)).body.items).toEqual([]);
});

it('may not call what belongs to the shop', async () => {
  for (const [method, path] of [
    ['PUT', vendor(1)],
    ['POST', `${vendor(1)}/approve`],
    ['POST', `${vendor(1)}/payout`],
    ['GET', `${vendor(1)}/users`],
    ['POST', `${vendor(1)}/users`],
    ['GET', '/products'],
    ['GET', '/orders'],
    ['GET', '/customers'],
    ['GET', `/orders/${randomUUID()}`],
    ['GET', '/commission-rules'],
    ['GET', '/vendor-settings'],
    ['POST', '/vendors'],
  ] as const)
    expect([path, await statusOf(method, path, own, method === 'GET' ? undefined : {})]).toEqual([
      path,
      [403, 'FORBIDDEN'],
    ]);
});

it('proposes another bank account, which the shop approves', async () => {
  const account = { bank_account: { holder: 'Riverbank GmbH', iban: 'NO93 8601 1117 947' } };
  const moved = await ask('PUT', `${vendor(1)}/bank-account`, own, account);
  expect([moved.status, moved.body.status, moved.body.status_reason]).toEqual([
    200,
    'under_review',
    'The bank account changed.',
  ]);
  expect(await statusOf('POST', `${vendor(1)}/payout`, manager, {})).toEqual([409, 'ILLEGAL_STATE']);
  const approved = await ask('POST', `${vendor(1)}/approve`, manager, { version: moved.body.version });
  expect([approved.status, approved.body.bank_account]).toMatchObject([
    200,
    { holder: 'Riverbank GmbH', iban: 'NO93 •••• 7947' },
  ]);
  // The same account again changes nothing.
  const same = await ask('PUT', `${vendor(1)}/bank-account`, own, account);
  expect([same.status, same.body.status, same.body.version]).toEqual([
    200,
    'approved',
    approved.body.version,
  ]);
  const wrong = { bank_account: { holder: 'Riverbank', iban: 'DE00' } };
  expect(await statusOf('PUT', `${vendor(1)}/bank-account`, own, wrong)).toEqual([422, 'VALIDATION_FAILED']);
  expect(await statusOf('PUT', `${vendor(1)}/bank-account`, own, { ...account, version: 99 })).toEqual([
    409,
    'CONFLICT',
  ]);
  const db = platform.services.database.forOrganization(demoId.organization(1));
  const entries = await db.many<{ userId: string; role: string }>(
    sql`select user_id, role from audit_entries where operation = 'updateVendorAccount'`,
  );
  expect(entries[0]).toEqual({ userId: demoId.user(6), role: 'vendor' });
});

it('is invited by the shop, chooses a password, and is out once disabled', async () => {
  const person = { email: 'ada@riverbank.example', name: 'Ada Brook' };
  const invited = await ask('POST', `${vendor(1)}/users`, manager, person);
  expect([invited.status, invited.body]).toMatchObject([
    201,
    { ...person, vendor_id: demoId.vendor(1), active: true, email_verified: false },
  ]);
  expect(await statusOf('POST', `${vendor(1)}/users`, manager, person)).toEqual([409, 'ALREADY_EXISTS']);
  expect(await statusOf('POST', `${vendor(1)}/users`, manager, { ...person, email: 'x' })).toEqual([
    422,
    'VALIDATION_FAILED',
  ]);
  const { items } = (await ask('GET', `${vendor(1)}/users`, manager)).body;
  expect(items.map(({ name }) => name)).toEqual(['Ada Brook', 'Rita River', 'Robin River']);
  const mails = await platform.services.database.system.many(sql`
    select kind from user_tokens where user_id = ${String(invited.body.id)}::uuid
    union all select kind from mail_jobs where user_id = ${String(invited.body.id)}::uuid`);
  expect(mails[0]).toEqual({ kind: 'invitation' });

  const robin = await signIn('former-vendor@pospro.com');
  expect((await ask('GET', vendor(1), robin)).status).toBe(200);
  const path = `/users/${demoId.user(7)}/disable`;
  expect(await statusOf('POST', `${vendor(2)}${path}`, manager)).toEqual([404, 'NOT_FOUND']);
  expect(await statusOf('POST', `${vendor(1)}/users/${demoId.user(3)}/disable`, manager)).toEqual([
    404,
    'NOT_FOUND',
  ]);
  expect((await ask('POST', `${vendor(1)}${path}`, manager)).body.active).toBe(false);
  expect((await ask('GET', vendor(1), robin)).status).toBe(401);
});

it('keeps its role, and the role cannot be given to staff or changed', async () => {
  const rita = `/admin/users/${demoId.user(6)}`;
  expect(await statusOf('PUT', rita, admin, { role: 'manager' })).toEqual([422, 'VALIDATION_FAILED']);
  expect(await statusOf('PUT', rita, admin, { branch_id: demoId.branch(1) })).toEqual([
    422,
    'VALIDATION_FAILED',
  ]);
  expect((await ask('PUT', rita, admin, { name: 'Rita Rivers' })).body).toMatchObject({
    name: 'Rita Rivers',
    role: 'vendor',
    vendor_id: demoId.vendor(1),
  });
  expect(await statusOf('PUT', `/admin/users/${demoId.user(4)}`, admin, { role: 'vendor' })).toEqual([
    422,
    'VALIDATION_FAILED',
  ]);
  const colleague = { email: 'new@pospro.com', name: 'New', role: 'vendor' };
  expect(await statusOf('POST', '/auth/register', admin, colleague)).toEqual([422, 'VALIDATION_FAILED']);
  const role = { name: 'partner', permissions: ['vendor:own'] };
  expect(await statusOf('POST', '/admin/roles', admin, role)).toEqual([422, 'VALIDATION_FAILED']);
  expect(await statusOf('PUT', `/admin/roles/${demoId.role(7)}`, admin, { permissions: [] })).toEqual([
    409,
    'ILLEGAL_STATE',
  ]);
});

it('administers the own account as all users do', async () => {
  const token = await signIn('vendor@pospro.com');
  const { body } = await ask('GET', '/auth/sessions', token);
  expect(body.items.length).toBeGreaterThan(0);
  const passwords = { current_password: 'secure123', new_password: 'another long pass phrase' };
  expect((await ask('POST', '/auth/change-password', token, passwords)).status).toBe(200);
  expect((await ask('POST', '/auth/logout', token)).status).toBe(200);
  expect((await ask('GET', vendor(1), token)).status).toBe(401);
});

/** The tables of which a vendor's user sees rows, and the condition of theirs. */
const VISIBLE: Readonly<Record<string, string>> = {
  barcodes:
    'variant_id in (select v.id from variants v join products p on p.id = v.product_id where p.vendor_id = $vendor)',
  branches: 'true',
  brands: 'true',
  categories: 'true',
  exchange_rates: 'true',
  languages: 'true',
  organizations: 'true',
  product_images: 'product_id in (select id from products where vendor_id = $vendor)',
  products: 'vendor_id = $vendor',
  tax_classes: 'true',
  tax_rates: 'true',
  units: 'true',
  variants: 'product_id in (select id from products where vendor_id = $vendor)',
  vendor_entries: 'vendor_id = $vendor',
  vendor_order_items: 'vendor_id = $vendor',
  vendor_orders: 'vendor_id = $vendor',
  vendor_payouts: 'vendor_id = $vendor',
  vendors: 'id = $vendor',
};

const tableNames = async (): Promise<string[]> => {
  const rows = await platform.services.database.system.many<{ name: string }>(sql`
    select c.relname as name from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
      and not c.relispartition and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'organization_id') order by 1`);
  return rows.map(({ name }) => name);
};

it.each([1, 7])('the database shows vendor %d its own rows, table by table', async (number) => {
  const { db } = vendorContext(number);
  const all = platform.services.database.forOrganization(demoId.organization(1));
  const idsIn = async (queryable: Queryable, table: string, condition = 'true') => {
    const where = condition.replaceAll('$vendor', `'${demoId.vendor(number)}'`);
    const text = `select to_jsonb(t)::text as row from "${table}" t where ${where} order by 1`;
    const rows = await queryable.many<{ row: string }>({ text, values: [] } as never);
    return rows.map(({ row }) => row);
  };
  for (const table of await tableNames()) {
    const condition = VISIBLE[table];
    const expected = condition === undefined ? [] : await idsIn(all, table, condition);
    expect([table, await idsIn(db, table)]).toEqual([table, expected]);
  }
});

it('the database rejects every other change, and a status that only the shop gives', async () => {
  const ctx = vendorContext();
  const change = (text: string) =>
    transact(ctx, (tx) => tx.run({ text, values: [] } as never)).catch((error: unknown) => sqlState(error));
  const id = demoId.vendor(1);
  for (const text of [
    `update vendors set balance = 1000 where id = '${id}'`,
    `update vendors set hold_days = 0 where id = '${id}'`,
    `update vendors set status = 'approved', iban = 'X', account_holder = 'X' where id = '${id}'`,
    `update products set name = 'X' where vendor_id = '${id}'`,
    `update vendor_entries set payout_id = null`,
    `insert into vendor_payouts select * from vendor_payouts`,
    `delete from vendors`,
    `insert into counters (organization_id, name, value) values ('${demoId.organization(1)}', 'x', 1)`,
  ])
    expect([text, await change(text)]).toEqual([text, '42501']);
  expect(await change(`update vendors set status = 'suspended' where id = '${demoId.vendor(7)}'`)).toBe(0);
  expect(vendorOf(ctx.actor)).toBe(id);
});

it('leaves nothing in the caches of the organization, and takes nothing from them', async () => {
  const ctx = vendorContext();
  const definition = { name: 'test', domain: 'catalog', maxSize: 10, lifetimeMs: 60_000, drops: [] };
  await ctx.caches.of(definition).read(ctx.db, 'key', () => Promise.resolve('of the vendor'));
  const shared = platform.services.caches.of(definition);
  expect(shared.get(demoId.organization(1), 'key')).toBeUndefined();
  await shared.read(platform.services.database.forOrganization(demoId.organization(1)), 'key', () =>
    Promise.resolve('of the shop'),
  );
  expect(ctx.caches.of(definition).get(demoId.organization(1), 'key')).toBeUndefined();
});
