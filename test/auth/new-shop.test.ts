/** A registration with a country makes a shop that can sell; without one everything stays as it was. */
import { sql } from '#kernel/db/database';
import { startTestPlatform, type TestPlatform } from '../harness/platform';
import { registerShop, type RegisteredShop } from './registered-shop';

let platform: TestPlatform;
beforeAll(async () => void (platform = await startTestPlatform()));
afterAll(() => platform.stop());

const PASSWORD = 'a long enough secret';

interface Shop extends RegisteredShop {
  readonly organization: Record<string, unknown>;
  readonly branch: Record<string, unknown>;
}

async function register(fields: object): Promise<Shop> {
  const shop = await registerShop(platform, fields);
  const organization = await platform.rest('GET', '/api/v1/organization', { token: shop.token });
  const [branch] = await shop.read<Record<string, unknown>>('/branches');
  return { ...shop, organization: organization.body, branch: branch! };
}

const classesOf = async (shop: Shop) =>
  (await shop.read<{ code: string; rate: string; is_default: boolean }>('/tax-classes?sort=name')).map(
    ({ code, rate, is_default }) => `${code} ${rate}${is_default ? ' (default)' : ''}`,
  );

it('makes what a shop in Switzerland needs', async () => {
  const shop = await register({ country: 'ch' });
  expect(shop.organization).toMatchObject({
    currency: 'CHF',
    cash_rounding_step: '0.05',
    time_zone: 'Europe/Zurich',
    prices_include_tax: true,
    default_language: 'de-CH',
  });
  expect(shop.branch).toMatchObject({
    country: 'CH',
    code: 'B1',
    time_zone: 'Europe/Zurich',
    receipt_footer: 'Vielen Dank für Ihren Einkauf!',
  });
  expect(await classesOf(shop)).toEqual(['lodging 3.8', 'reduced 2.6', 'standard 8.1 (default)', 'zero 0']);
  expect(await shop.read('/pos/registers')).toMatchObject([
    { name: 'Kasse 1', code: '1', currency: 'CHF', active: true, paper_width: 80 },
  ]);
  expect(await shop.read('/inventory/warehouses')).toMatchObject([
    { code: 'B1', is_selling: true, branch_id: shop.branch.id },
  ]);
  const languages = await shop.read<{ code: string }>('/languages');
  expect(languages.map(({ code }) => code)).toEqual(['de-CH', 'fr-CH', 'it-CH']);
});

it('guesses the country of a currency and a time zone', async () => {
  const shop = await register({ currency: 'EUR', time_zone: 'Europe/Vienna' });
  expect(shop.branch.country).toBe('AT');
  expect(await classesOf(shop)).toEqual(['intermediate 13', 'reduced 10', 'standard 20 (default)', 'zero 0']);
});

it('keeps the values of the caller against those of the country', async () => {
  const given = {
    currency: 'EUR',
    time_zone: 'Europe/Paris',
    default_language: 'fr',
    prices_include_tax: true,
  };
  const shop = await register({ country: 'US', ...given });
  expect(shop.organization).toMatchObject({ ...given, cash_rounding_step: '0.00' });
  expect(await classesOf(shop)).toEqual(['sales-tax 0 (default)', 'zero 0']);
  expect(await shop.read('/pos/registers')).toMatchObject([{ name: 'Caisse 1', currency: 'EUR' }]);
});

it('gives a shop in a country without data a register and a warehouse, and no tax class', async () => {
  const shop = await register({ country: 'AD' });
  expect(shop.organization).toMatchObject({ currency: 'EUR', time_zone: 'UTC', default_language: 'en' });
  expect(await classesOf(shop)).toEqual([]);
  expect(await shop.read('/pos/registers')).toMatchObject([{ name: 'Register 1' }]);
  expect(await shop.read('/inventory/warehouses')).toHaveLength(1);
});

it.each([
  ['no field of a place', {}],
  ['a currency and a zone that do not match', { currency: 'EUR', time_zone: 'Asia/Tokyo' }],
  ['an empty country', { country: '', currency: 'EUR', time_zone: 'Europe/Berlin' }],
])('leaves the shop empty for %s', async (_, fields) => {
  const shop = await register(fields);
  expect(shop.branch).toMatchObject({ country: null, code: 'B1', receipt_footer: null });
  expect(await classesOf(shop)).toEqual([]);
  expect(await shop.read('/pos/registers')).toEqual([]);
});

it('writes the whole shop or nothing', async () => {
  const taken = {
    email: 'owner-1@shops.test',
    password: PASSWORD,
    name: 'Other',
    organization_name: 'Other',
  };
  const body = { ...taken, country: 'DE' };
  expect((await platform.rest('POST', '/api/v1/auth/register', { body })).status).toBe(409);
  const { system } = platform.services.database;
  expect(await system.many(sql`select 1 from organizations where name = 'Other'`)).toEqual([]);
  expect(await system.many(sql`select 1 from tax_classes where rate = 19`)).toEqual([]);
});

it('rejects a country that does not exist, and one for a colleague', async () => {
  const { token } = await register({});
  const person = { email: 'new@shops.test', password: PASSWORD, name: 'New' };
  const wrong = { ...person, organization_name: 'New Shop', country: 'UK' };
  expect((await platform.rest('POST', '/api/v1/auth/register', { body: wrong })).body).toMatchObject({
    status: 422,
    errors: [{ field: 'country' }],
  });
  const colleague = { ...person, role: 'cashier', country: 'DE' };
  expect(
    (await platform.rest('POST', '/api/v1/auth/register', { token, body: colleague })).body,
  ).toMatchObject({
    status: 422,
    errors: [{ field: 'country', code: 'NOT_ALLOWED' }],
  });
});
