/** Gift cards and store credit over REST, with each documented status, at the demo shop. */
import { demoId } from '#demo/ids';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';

interface Card {
  id: string;
  code: string | null;
  last_four: string;
  balance: string;
  status: string;
}
interface Order {
  id: string;
  gift_cards: Card[];
  gift_card_total: string;
  payments: { method: string; amount: string; reference: string | null }[];
}

let platform: TestPlatform;
let manager: string;
let cashier: string;
beforeAll(async () => {
  platform = await startTestPlatform({ demoDays: 1 });
  const signIn = async (email: string) => {
    const { body } = await platform.rest('POST', '/api/v1/auth/login', {
      body: { email, password: 'secure123' },
    });
    return (body as { access_token: string }).access_token;
  };
  manager = await signIn('manager@pospro.com');
  cashier = await signIn('cashier@pospro.com');
}, 120_000);
afterAll(() => platform.stop());

const ask = async <Body>(
  method: string,
  path: string,
  { token = manager, body }: { token?: string | undefined; body?: object } = {},
) => {
  const answer = await platform.rest(method, `/api/v1${path}`, {
    ...(token === '' ? {} : { token }),
    ...(body && { body }),
  });
  return { status: answer.status, body: answer.body as Body & { code: string } };
};
const statusOf = async (...request: Parameters<typeof ask>) => {
  const { status, body } = await ask<object>(...request);
  return [status, body.code];
};
const registerId = demoId.register(1);
const UNKNOWN = '0190a000-0028-7000-8000-00000000ffff';

it('a till sees the balance of a card by its code; a disabled one looks like a wrong one', async () => {
  const { status, body } = await ask<Card>('GET', '/gift-cards/dem0%20g1ft%20card%200001', {
    token: cashier,
  });
  expect([status, body.code, body.last_four, body.balance, body.status]).toEqual([
    200,
    null,
    '0001',
    '50.00',
    'active',
  ]);
  expect(await ask<Card>('GET', '/gift-cards/DEM0-G1FT-CARD-0003', { token: cashier })).toMatchObject({
    status: 200,
    body: { status: 'expired' },
  });
  const wrong = await ask<object>('GET', '/gift-cards/ZZZZ-ZZZZ-ZZZZ-ZZZZ', { token: cashier });
  const disabled = await ask<object>('GET', '/gift-cards/DEM0-G1FT-CARD-0004', { token: cashier });
  const withoutPath = ({ body: problem }: typeof wrong) => ({ ...problem, instance: '', request_id: '' });
  expect([disabled.status, withoutPath(disabled)]).toEqual([404, withoutPath(wrong)]);
  expect(await ask<Card>('GET', '/gift-cards/DEM0-G1FT-CARD-0004')).toMatchObject({
    status: 200,
    body: { status: 'disabled' },
  });
});

it('answers each documented status', async () => {
  const card = `/gift-cards/${demoId.giftCard(5)}`;
  const credit = `/customers/${demoId.customer(2)}/store-credit`;
  expect([
    await statusOf('POST', '/gift-cards', { token: '', body: { amount: '5.00' } }),
    await statusOf('POST', '/gift-cards', { token: cashier, body: { amount: '5.00' } }),
    await statusOf('POST', '/gift-cards', { body: { amount: '-5.00' } }),
    await statusOf('GET', '/gift-cards', { token: cashier }),
    await statusOf('GET', '/gift-cards?sort=balance'),
    await statusOf('GET', `/gift-cards/${UNKNOWN}/entries`),
    await statusOf('POST', `/gift-cards/${UNKNOWN}/top-up`, { body: { amount: '5.00' } }),
    await statusOf('POST', `/gift-cards/${demoId.giftCard(3)}/top-up`, { body: { amount: '5.00' } }),
    await statusOf('POST', `${card}/adjust`, { body: { amount: '-99.00', reason: 'Too much' } }),
    await statusOf('POST', `${card}/disable`, { body: { reason: '' } }),
    await statusOf('POST', credit, { token: cashier, body: { amount: '5.00' } }),
    await statusOf('POST', `${credit}/deduct`, { body: { amount: '5.00', reason: 'None there' } }),
    await statusOf('GET', `/customers/${UNKNOWN}/store-credit`),
    await statusOf('GET', `/customers/${UNKNOWN}/store-credit/entries`),
  ]).toEqual([
    [401, 'UNAUTHENTICATED'],
    [403, 'FORBIDDEN'],
    [422, 'VALIDATION_FAILED'],
    [403, 'FORBIDDEN'],
    [422, 'VALIDATION_FAILED'],
    [404, 'NOT_FOUND'],
    [404, 'NOT_FOUND'],
    [409, 'ILLEGAL_STATE'],
    [409, 'ILLEGAL_STATE'],
    [422, 'VALIDATION_FAILED'],
    [403, 'FORBIDDEN'],
    [409, 'ILLEGAL_STATE'],
    [404, 'NOT_FOUND'],
    [404, 'NOT_FOUND'],
  ]);
  const issued = await ask<Card>('POST', '/gift-cards', { body: { amount: '5.00' } });
  expect([issued.status, issued.body.balance]).toEqual([201, '5.00']);
  const list = await ask<{ items: Card[] }>('GET', `/gift-cards?last_four=${issued.body.last_four}`);
  expect(list.body.items.map(({ id, code }) => [id, code])).toEqual([[issued.body.id, null]]);
  expect(await ask('POST', `${card}/top-up`, { body: { amount: '5.00' } })).toMatchObject({
    status: 200,
    body: { balance: '25.00' },
  });
  expect(
    await ask('POST', `${card}/adjust`, { body: { amount: '-1.00', reason: 'Typing error' } }),
  ).toMatchObject({ status: 200, body: { balance: '24.00' } });
  expect(await ask('GET', `${card}/entries`)).toMatchObject({
    status: 200,
    body: { items: [{ kind: 'adjustment' }, { kind: 'top_up' }, { kind: 'issue' }] },
  });
  expect(await ask('POST', `${card}/disable`, { body: { reason: 'Lost' } })).toMatchObject({
    status: 200,
    body: { status: 'disabled' },
  });
  expect(await ask('POST', credit, { body: { amount: '5.00' } })).toMatchObject({
    status: 201,
    body: { balance: '5.00', lots: [{ remaining: '5.00' }] },
  });
  expect(
    await ask('POST', `${credit}/deduct`, { body: { amount: '2.00', reason: 'Granted twice' } }),
  ).toMatchObject({ status: 201, body: { balance: '3.00' } });
  expect(await ask('GET', `${credit}/entries`, { token: cashier })).toMatchObject({
    status: 200,
    body: { items: [{ kind: 'deduction' }, { kind: 'grant' }] },
  });
});

it('a till sells a card, whose code only that answer has, and pays with it', async () => {
  const card = { sku: 'GIFT-CARD', unit_price: '40.00' };
  const sold = await ask<Order>('POST', '/pos/checkout', {
    token: cashier,
    body: { items: [card], payment_method: 'card', register_id: registerId },
  });
  expect([sold.status, sold.body.gift_card_total]).toEqual([201, '40.00']);
  const [{ id, code }] = sold.body.gift_cards as [Card];
  expect(code).toMatch(/^\w{4}-\w{4}-\w{4}-\w{4}$/);
  expect((await ask<Card>('GET', `/gift-cards/${id}`)).body.code).toBeNull();

  const input = {
    items: [{ variant_id: demoId.variant(1) }],
    payments: [{ method: 'gift_card', gift_card_code: code }],
    register_id: registerId,
  };
  const quote = await ask<Order & { total: string }>('POST', '/pos/checkout/calculate', {
    token: cashier,
    body: input,
  });
  expect(quote.body.payments).toEqual([
    { method: 'gift_card', amount: quote.body.total, reference: `**** ${code!.slice(-4)}` },
  ]);
  const paid = await ask<Order>('POST', '/pos/checkout', { token: cashier, body: input });
  expect([paid.status, paid.body.gift_cards, paid.body.payments[0]!.method]).toEqual([201, [], 'gift_card']);
  expect(
    await statusOf('POST', '/pos/checkout', {
      token: cashier,
      body: { ...input, payments: [{ method: 'gift_card', gift_card_code: 'hello' }] },
    }),
  ).toEqual([422, 'GIFT_CARD_INVALID']);

  const refund = await ask<Order>('POST', `/orders/${paid.body.id}/refund`, {
    body: { method: 'gift_card' },
  });
  expect(refund.status).toBe(201);
  const [issued] = refund.body.gift_cards as [Card];
  expect((await ask<Card>('GET', `/gift-cards/${issued.code!}`, { token: cashier })).body.balance).toBe(
    quote.body.total,
  );
});

it('answers 429 after many wrong codes', async () => {
  for (let guess = 0; guess < 21; guess += 1)
    await ask('GET', '/gift-cards/ZZZZ-ZZZZ-ZZZZ-ZZZY', { token: cashier });
  expect(await statusOf('GET', '/gift-cards/DEM0-G1FT-CARD-0001', { token: cashier })).toEqual([
    429,
    'RATE_LIMITED',
  ]);
  expect((await ask('GET', '/gift-cards/DEM0-G1FT-CARD-0001')).status).toBe(200);
});
