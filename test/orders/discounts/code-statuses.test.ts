/** Discount codes, alone and on carts, over REST: each status that OpenAPI documents, with the answers that clients read. */
import { sql } from '#kernel/db/database';
import { cartRowId } from '#subgraphs/orders/cart/cart-id';
import { signedInOwner } from '#test/harness/actors';
import {
  commonStatuses,
  fieldsOf,
  operationsAt,
  outcomeOf,
  startStatusTrial,
  UNKNOWN_ID,
  type StatusTrial,
  type ValidRequest,
} from '#test/harness/documented-statuses';

const OPERATIONS = operationsAt(/^\/discounts\/|^\/cart\/\{id\}\/codes/);
const ITEMS = [{ sku: 'TEA', quantity: '2' }];

let trial: StatusTrial;
let campaignId: string;
let openCampaignId: string;
let cart: string;
beforeAll(async () => {
  trial = await startStatusTrial(OPERATIONS);
  await post('/products', { name: 'Tea', sku: 'TEA', price: '10.00', track_stock: false });
  campaignId = await activeCampaign({ requires_code: true });
  openCampaignId = (await post('/campaigns', { name: 'Open', action: { type: 'free_shipping' } })).id;
  await post('/discounts/codes', { campaign_id: campaignId, code: 'Welcome-10' });
  cart = await newCart();
}, 120_000);
afterAll(() => trial.stop());

async function post(path: string, body: unknown): Promise<{ id: string }> {
  const { token, platform } = trial;
  return (await platform.rest('POST', `/api/v1${path}`, { token, body })).body;
}
async function activeCampaign(terms: object): Promise<string> {
  const { id } = await post('/campaigns', {
    ...{ name: 'Welcome', action: { type: 'percent', percent: '10' } },
    ...terms,
  });
  await post(`/campaigns/${id}/activate`, undefined);
  return id;
}
const newCart = async () => (await post('/cart/add', { sku: 'TEA', quantity: 2 })).id;
const outcome = (operation: string, ...request: [path: string, body?: unknown]) =>
  trial.outcome(operation, request);

/** A valid request to each operation. */
const requests = (): Record<string, ValidRequest> => ({
  'GET /discounts/codes': ['/discounts/codes'],
  'POST /discounts/codes': ['/discounts/codes', { campaign_id: campaignId, count: 2 }],
  'POST /discounts/validate': ['/discounts/validate', { code: 'WELCOME10' }],
  'POST /discounts/{code}/apply': ['/discounts/WELCOME10/apply', { items: ITEMS }],
  'GET /discounts/{code}/usage': ['/discounts/WELCOME10/usage'],
  'POST /cart/{id}/codes': [`/cart/${cart}/codes`, { code: 'WELCOME10' }],
  'DELETE /cart/{id}/codes/{code}': [`/cart/${cart}/codes/WELCOME10`],
});

it.each(OPERATIONS)('%s answers each status that does not depend on the operation', async (operation) => {
  const answers = await trial.vary(operation, requests()[operation]!);
  const expected = commonStatuses(operation);
  // A code that does not exist is an error of the basket.
  if (operation === 'POST /discounts/{code}/apply') expected[404] = [422, 'DISCOUNT_INVALID'];
  expect(answers).toEqual(expected);
});

it('answers 201 with the codes that were created, and lists them', async () => {
  const limits = { uses_limit: 5, uses_per_customer: 1, minimum: '15.00' };
  const created = await trial.send('POST /discounts/codes', [
    '/discounts/codes',
    { campaign_id: campaignId, count: 3, prefix: 'tea-', ...limits },
  ]);
  const batch = created.body as { id: string; codes: { id: string; code: string; created_at: string }[] };
  const code = ({ id, code, created_at }: (typeof batch.codes)[number]) => ({
    ...{ id, code, campaign_id: campaignId, batch_id: batch.id, customer_id: null, created_at },
    ...{ valid_from: null, valid_until: null, uses: 0, ...limits },
  });
  expect([created.status, created.body]).toEqual([
    201,
    { id: batch.id, campaign_id: campaignId, codes_count: 3, codes: batch.codes.map(code) },
  ]);
  const texts = batch.codes.map((one) => one.code);
  expect(texts.filter((text) => /^TEA-[0-9A-HJKMNP-TV-Z]{10}$/.test(text))).toEqual(texts);
  const list = await trial.send('GET /discounts/codes', [`/discounts/codes?batch_id=${batch.id}&sort=code`]);
  const sorted = batch.codes.toSorted((one, other) => (one.code < other.code ? -1 : 1)).map(code);
  expect([list.status, list.body]).toEqual([
    200,
    {
      ...{ items: sorted, total: 3, total_is_estimate: false, page: 1, size: 20 },
      ...{ pages: 1, has_next_page: false, next_cursor: null },
    },
  ]);
});

it('answers 200 to checks of a code, with its discount or the reason', async () => {
  const check = async (body: object) => {
    const answer = await trial.send('POST /discounts/validate', ['/discounts/validate', body]);
    return [answer.status, answer.body];
  };
  const valid = { code: 'welcome 1O', valid: true, reason: null, message: null };
  expect(await check({ code: 'welcome 1O' })).toEqual([200, { ...valid, amount: null }]);
  expect(await check({ code: 'welcome 1O', items: ITEMS })).toEqual([200, { ...valid, amount: '2.00' }]);
  expect(await check({ code: 'NONE' })).toEqual([
    200,
    {
      ...{ code: 'NONE', valid: false, reason: 'DISCOUNT_INVALID', amount: null },
      message: expect.any(String) as string,
    },
  ]);
  const applied = await trial.send('POST /discounts/{code}/apply', [
    '/discounts/welcome-10/apply',
    { items: ITEMS },
  ]);
  expect([applied.status, applied.body]).toMatchObject([
    200,
    {
      ...{ subtotal: '20.00', discount_total: '2.00', total: '18.00', skipped: [] },
      applied: [
        { campaign_id: campaignId, code: 'Welcome-10', amount: '2.00', explanation: '10 % of 20.00' },
      ],
    },
  ]);
});

it('answers 200 with the uses of a code, and 304 if they are unchanged', async () => {
  const path = '/discounts/WELCOME10/usage';
  const { status, body, headers } = await trial.send('GET /discounts/{code}/usage', [path]);
  expect([status, body]).toEqual([
    200,
    {
      ...{ code: 'Welcome-10', campaign_id: campaignId, uses: 0, uses_limit: null, remaining: null },
      ...{ amount: '0.00', entries: [] },
    },
  ]);
  const again = await trial.send('GET /discounts/{code}/usage', [path], {
    headers: { 'if-none-match': headers.get('etag')! },
  });
  expect([again.status, again.text]).toEqual([304, '']);
});

it('answers 200 with the cart to which a code was added, and from which it was removed', async () => {
  const added = await trial.send('POST /cart/{id}/codes', [`/cart/${cart}/codes`, { code: 'welcome-10' }]);
  expect([added.status, added.body]).toMatchObject([
    200,
    { codes: [{ code: 'Welcome-10', amount: '2.00' }], subtotal: '20.00', discount_total: '2.00' },
  ]);
  const removed = await trial.send('DELETE /cart/{id}/codes/{code}', [`/cart/${cart}/codes/welcome%2010`]);
  expect([removed.status, removed.body]).toMatchObject([200, { codes: [], discount_total: '0.00' }]);
  expect(await outcome('DELETE /cart/{id}/codes/{code}', `/cart/${cart}/codes/WELCOME10`)).toEqual([
    404,
    'NOT_FOUND',
  ]);
});

it("answers 404 for another organization's campaign, code, cart and branch", async () => {
  const { token, owner } = await signedInOwner(trial.platform.services);
  const asOther = (operation: string) => trial.outcome(operation, requests()[operation]!, { token });
  const elsewhere = { code: 'WELCOME10', items: ITEMS, branch_id: owner.branchId };
  expect([
    await asOther('POST /discounts/codes'),
    await asOther('GET /discounts/{code}/usage'),
    await asOther('POST /cart/{id}/codes'),
    await asOther('DELETE /cart/{id}/codes/{code}'),
    await outcome('POST /discounts/codes', '/discounts/codes', { campaign_id: UNKNOWN_ID }),
    await outcome('POST /discounts/validate', '/discounts/validate', elsewhere),
    await outcome('POST /discounts/{code}/apply', '/discounts/WELCOME10/apply', {
      items: ITEMS,
      branch_id: owner.branchId,
    }),
  ]).toEqual(Array.from({ length: 7 }, () => [404, 'NOT_FOUND']));
  const { body } = await trial.platform.rest('GET', '/api/v1/discounts/codes', { token });
  expect(body).toMatchObject({ items: [], total: 0 });
});

it('answers 409 for a code that exists, a campaign without codes, and a cart that was checked out', async () => {
  const create = (body: object) => outcome('POST /discounts/codes', '/discounts/codes', body);
  expect(await create({ campaign_id: campaignId, code: 'we1come 10' })).toEqual([409, 'ALREADY_EXISTS']);
  expect(await create({ campaign_id: openCampaignId })).toEqual([409, 'ILLEGAL_STATE']);
  const paid = await newCart();
  await post('/checkout', {
    ...{ cart_id: paid, payment_method: 'card', provider_token: 'tok_approved', email: 'ann@example.com' },
    shipping_address: { line1: 'Lindenstrasse 12', city: 'Berlin', country: 'DE' },
  });
  expect([
    await outcome('POST /cart/{id}/codes', `/cart/${paid}/codes`, { code: 'WELCOME10' }),
    await outcome('DELETE /cart/{id}/codes/{code}', `/cart/${paid}/codes/WELCOME10`),
  ]).toEqual([
    [409, 'ILLEGAL_STATE'],
    [409, 'ILLEGAL_STATE'],
  ]);
});

it('answers 410 for a cart that was not used for a long time', async () => {
  const old = await newCart();
  const id = cartRowId(trial.owner.ctx, old);
  await trial.owner.ctx.db.run(
    sql`update carts set expires_at = now() - interval '1 minute' where id = ${id}::uuid`,
  );
  expect([
    await outcome('POST /cart/{id}/codes', `/cart/${old}/codes`, { code: 'WELCOME10' }),
    await outcome('DELETE /cart/{id}/codes/{code}', `/cart/${old}/codes/WELCOME10`),
  ]).toEqual([
    [410, 'CART_EXPIRED'],
    [410, 'CART_EXPIRED'],
  ]);
});

it('answers 422 with the field for limits and codes that cannot be', async () => {
  const rejected = async (operation: string, ...request: [path: string, body: unknown]) => {
    const answer = await trial.send(operation, request);
    return [...outcomeOf(answer), ...fieldsOf(answer)];
  };
  const create = (body: object) =>
    rejected('POST /discounts/codes', '/discounts/codes', { campaign_id: campaignId, ...body });
  expect([
    await create({ count: 100_001, length: 7 }),
    await create({ code: 'TEA', count: 2 }),
    await create({ minimum: '1.001', customer_id: UNKNOWN_ID }),
    await create({ customer_id: UNKNOWN_ID }),
    await rejected('POST /discounts/validate', '/discounts/validate', {
      code: 'WELCOME10',
      items: [{ sku: 'NONE' }],
    }),
    await rejected('POST /discounts/{code}/apply', '/discounts/WELCOME10/apply', { items: [] }),
    await rejected('POST /cart/{id}/codes', `/cart/${cart}/codes`, { code: '-' }),
    await rejected('POST /cart/{id}/codes', `/cart/${cart}/codes`, { code: 'NONE' }),
  ]).toEqual([
    [422, 'VALIDATION_FAILED', 'count RANGE', 'length RANGE'],
    [422, 'VALIDATION_FAILED', 'code INVALID'],
    [422, 'VALIDATION_FAILED', 'minimum PRECISION'],
    [422, 'VALIDATION_FAILED', 'customer_id NOT_FOUND'],
    [422, 'PRODUCT_NOT_FOUND', 'items.0 PRODUCT_NOT_FOUND'],
    [422, 'VALIDATION_FAILED', 'items REQUIRED'],
    [422, 'VALIDATION_FAILED', 'code INVALID'],
    [422, 'DISCOUNT_INVALID', 'code DISCOUNT_INVALID'],
  ]);
});

it('has answered every status of the document', () => {
  // The document names 409 for all requests with a body, and 404 for all lists with values; these change nothing and filter.
  expect(trial.missing()).toEqual({
    'GET /discounts/codes': ['404'],
    'POST /discounts/validate': ['409'],
    'POST /discounts/{code}/apply': ['409'],
  });
});
