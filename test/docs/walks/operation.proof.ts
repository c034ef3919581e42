/** Reading and copying a price list, after "Add an operation": over both APIs, with the permission and the errors. */
import { createColleagueOf, signedInOwner, signIn } from '#test/harness/actors';
import { startTestPlatform, type RestAnswer, type TestPlatform } from '#test/harness/platform';
import { createContext } from '#kernel/context';
import type { Actor } from '#kernel/auth/actor';

interface PriceList {
  id: string;
  name: string;
  active: boolean;
  version: number;
}

let platform: TestPlatform;
let token: string;
let cashierToken: string;
let list: PriceList;

const rest = (method: string, path: string, body?: object, as = token): Promise<RestAnswer> =>
  platform.rest(method, `/api/v1${path}`, { token: as, body });
const copy = (id: string, input: object, as = token) =>
  platform.graphql<{ copyPriceList: PriceList }>(
    'mutation ($id: ID!, $input: CopyPriceListInput!) { copyPriceList(id: $id, input: $input) { id name active version } }',
    { id, input },
    as,
  );
const codeOf = ({ status, body }: RestAnswer) => [status, (body as { code: string }).code];
const pricesOf = async (id: string) => {
  const { items } = (await rest('GET', `/price-lists/${id}/prices`)).body as {
    items: { sku: string; price: string }[];
  };
  return items.map(({ sku, price }) => [sku, price]);
};

beforeAll(async () => {
  platform = await startTestPlatform();
  const { services } = platform;
  const signed = await signedInOwner(services);
  token = signed.token;
  const contextFor = (actor: Actor) =>
    createContext(services, actor, { requestId: 'walk', address: '127.0.0.1' });
  const shop = { services, contextFor };
  const cashier = await createColleagueOf(shop, signed.owner, 'cashier');
  cashierToken = (await signIn(shop, cashier.email)).accessToken;
  await rest('POST', '/products', { name: 'Tea', sku: 'TEA', price: '3.50' });
  list = (await rest('POST', '/price-lists', { name: 'Summer' })).body;
  const prices = [
    { sku: 'TEA', price: '3' },
    { sku: 'TEA', price: '2.50', min_quantity: '6' },
  ];
  expect((await rest('PUT', `/price-lists/${list.id}/prices`, { prices })).status).toBe(200);
});
afterAll(() => platform.stop());

it('one price list is read over both APIs', async () => {
  const { status, body, headers } = await rest('GET', `/price-lists/${list.id}`, undefined, cashierToken);
  expect([status, headers.get('etag'), body]).toMatchObject([200, '"2"', { id: list.id, name: 'Summer' }]);
  const { data } = await platform.graphql<{ priceList: PriceList }>(
    'query ($id: ID!) { priceList(id: $id) { name } }',
    { id: list.id },
    cashierToken,
  );
  expect(data.priceList).toEqual({ name: 'Summer' });
});

it('a price list is copied with its prices over both APIs', async () => {
  const { data } = await copy(list.id, {});
  const { id, ...shown } = data.copyPriceList;
  expect(shown).toEqual({ name: 'Summer (copy)', active: false, version: 1 });
  const byRest = await rest('POST', `/price-lists/${list.id}/copy`, { name: 'Autumn' });
  expect([byRest.status, byRest.body]).toMatchObject([201, { name: 'Autumn', active: false }]);
  const prices = await pricesOf(list.id);
  expect(prices).toHaveLength(2);
  expect(await pricesOf(id)).toEqual(prices);
  expect(await pricesOf((byRest.body as PriceList).id)).toEqual(prices);
});

it('a caller without the permission, an unknown list and a taken name are rejected', async () => {
  const forbidden = await copy(list.id, {}, cashierToken);
  expect(forbidden.errors![0]!.extensions.code).toBe('FORBIDDEN');
  const path = `/price-lists/${list.id}/copy`;
  expect(codeOf(await rest('POST', path, {}, cashierToken))).toEqual([403, 'FORBIDDEN']);
  expect(codeOf(await rest('POST', path, { name: 'Summer' }))).toEqual([409, 'ALREADY_EXISTS']);
  expect(codeOf(await rest('POST', path, { name: ' ' }))).toEqual([422, 'VALIDATION_FAILED']);
  const { token: otherToken } = await signedInOwner(platform.services);
  expect(codeOf(await rest('POST', path, {}, otherToken))).toEqual([404, 'NOT_FOUND']);
  expect(codeOf(await rest('GET', `/price-lists/${list.id}`, undefined, otherToken))).toEqual([
    404,
    'NOT_FOUND',
  ]);
});
