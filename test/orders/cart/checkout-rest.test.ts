/** The checkout of carts and the payments of placed orders over REST, with each documented status, at the demo shop. */
import { sql } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import { demoId } from '#demo/ids';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';

interface Cart {
  id: string;
  total: string;
  version: number;
}
interface Order {
  id: string;
  status: string;
  next_action: { type: string } | null;
  cashier_id: string | null;
  payments: unknown;
}
interface Answer {
  code: string;
  details?: Record<string, unknown>;
}

let platform: TestPlatform;
let manager: string;
beforeAll(async () => {
  platform = await startTestPlatform({ demoDays: 1 });
  const { body } = await platform.rest('POST', '/api/v1/auth/login', {
    body: { email: 'manager@pospro.com', password: 'secure123' },
  });
  manager = (body as { access_token: string }).access_token;
}, 120_000);
afterAll(() => platform.stop());

const VISITOR = { 'x-api-key': 'pospro_pk_demo' };
const UNKNOWN = '0190a000-0028-7000-8000-00000000ffff';
const SHIPPING = { line1: 'Lindenstrasse 12', city: 'Berlin', country: 'DE' };

async function visit<Body>(
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = VISITOR,
) {
  const answer = await platform.rest(method, `/api/v1${path}`, { headers, ...(body && { body }) });
  return { status: answer.status, body: answer.body as Body & Answer };
}
const staff = async <Body>(path: string, body: object) => {
  const answer = await platform.rest('POST', `/api/v1${path}`, { token: manager, body });
  return { status: answer.status, body: answer.body as Body & Answer };
};
const coded = ({ status, body }: { status: number; body: Answer }) => [status, body.code];
async function filled(quantity = 1, product = demoId.product(1)): Promise<Cart> {
  const { body } = await visit<Cart>('POST', '/cart/add', { product_id: product, quantity });
  return body;
}

/** Leaves three pieces of a product in the branch: an order of four is not too heavy for its shipment, and cannot be delivered. */
async function leaveThree(product: string): Promise<void> {
  const { left } = await platform.services.database.system.one<{ left: Decimal }>(sql`
    select l.on_hand - l.reserved as left from stock_levels l join variants v on v.id = l.variant_id
    where v.product_id = ${product}::uuid and l.warehouse_id = ${demoId.warehouse(1)}::uuid`);
  const { status } = await staff('/inventory/adjustment', {
    ...{ product_id: product, warehouse_id: demoId.warehouse(1), reason: 'damage' },
    quantity: left.minus(3).negated().toFixed(),
  });
  expect(status).toBe(201);
}
const checkout = ({ id }: Pick<Cart, 'id'>, more: object = {}) =>
  visit<Order>('POST', '/checkout', {
    ...{ cart_id: id, shipping_address: SHIPPING, payment_method: 'card', provider_token: 'tok_approved' },
    ...more,
  });

it('a visitor checks a cart out, confirms the payment, and sees nothing of the shop\u2019s own records', async () => {
  const cart = await filled();
  const { status, body } = await checkout(cart, { provider_token: 'tok_3d_secure' });
  expect([status, body.status, body.next_action?.type]).toEqual([201, 'pending', 'redirect']);
  const confirmed = await visit<Order>('POST', '/checkout/confirm', { cart_id: cart.id });
  expect(confirmed).toMatchObject({
    status: 200,
    body: { id: body.id, status: 'confirmed', next_action: null, cashier_id: null, payments: null },
  });
  expect(JSON.stringify(confirmed.body)).toContain('"unit_cost":null');
  expect((await visit('GET', `/orders/${body.id}`)).status).toBe(403);
});

it('POST /checkout answers each documented status', async () => {
  const cart = await filled();
  const gone = await filled();
  await leaveThree(demoId.product(2));
  const large = await filled(4, demoId.product(2));
  expect([
    coded(await visit('POST', '/checkout', { cart_id: cart.id, payment_method: 'card' }, {})),
    coded(await visit('POST', '/checkout/confirm', { cart_id: cart.id }, {})),
    coded(await checkout({ id: 'cart_AAAA' })),
    coded(await visit('POST', '/checkout/confirm', { cart_id: demoId.cart(1) })),
    coded(await visit('POST', '/checkout/confirm', { cart_id: gone.id })),
    coded(await checkout(cart, { expected_total: '0.01' })),
    coded(await checkout(cart, { provider_token: 'tok_declined' })),
    coded(await visit('POST', '/checkout/confirm', { cart_id: cart.id })),
    coded(await checkout(large)),
    coded(await checkout(cart, { payment_method: 'cash', provider_token: null })),
    coded(await checkout(cart, { provider_token: '4242 4242 4242 4242' })),
    coded(await checkout(cart, { wrong: true })),
  ]).toEqual([
    [401, 'UNAUTHENTICATED'],
    [401, 'UNAUTHENTICATED'],
    [404, 'NOT_FOUND'],
    [404, 'NOT_FOUND'],
    [409, 'ILLEGAL_STATE'],
    [409, 'PRICE_CHANGED'],
    [402, 'PAYMENT_DECLINED'],
    [402, 'PAYMENT_DECLINED'],
    [409, 'INSUFFICIENT_STOCK'],
    [422, 'VALIDATION_FAILED'],
    [422, 'VALIDATION_FAILED'],
    [422, 'VALIDATION_FAILED'],
  ]);
  const changed = await checkout(cart, { expected_total: '0.01' });
  expect(changed.body.details).toMatchObject({ currency: 'EUR', shipping_total: '4.90' });
  expect((await checkout(cart, { expected_total: changed.body.details!.total })).status).toBe(201);
  expect(
    coded(await visit('POST', '/cart/add', { cart_id: cart.id, product_id: demoId.product(1) })),
  ).toEqual([409, 'ILLEGAL_STATE']);
});

it('POST /payments/process pays a placed order, and answers each documented status', async () => {
  const place = async () => {
    const { body } = await staff<Order>('/orders', {
      channel: 'phone',
      items: [{ product_id: demoId.product(1) }],
    });
    return body.id;
  };
  const orderId = await place();
  const pay = (more: object) =>
    staff<{ status: string; order_id: string }>('/payments/process', { method: 'card', ...more });
  expect([
    coded(await pay({ order_id: UNKNOWN })),
    coded(await pay({})),
    coded(await pay({ order_id: orderId, amount: '99999.00' })),
    coded(await pay({ order_id: orderId, provider_token: 'tok_declined' })),
    coded(await pay({ order_id: orderId, method: 'gift_card', gift_card_code: 'ZZZZ-ZZZZ-ZZZZ-ZZZZ' })),
    coded(await visit('POST', '/payments/process', { method: 'card', order_id: orderId })),
  ]).toEqual([
    [404, 'NOT_FOUND'],
    [422, 'VALIDATION_FAILED'],
    [422, 'VALIDATION_FAILED'],
    [402, 'PAYMENT_DECLINED'],
    [422, 'GIFT_CARD_INVALID'],
    [403, 'FORBIDDEN'],
  ]);
  expect(await pay({ order_id: orderId, provider_token: 'tok_approved' })).toMatchObject({
    status: 201,
    body: { status: 'captured', order_id: orderId },
  });
  expect(coded(await pay({ order_id: orderId }))).toEqual([409, 'ILLEGAL_STATE']);
  const cash = { method: 'cash', order_id: await place(), register_id: UNKNOWN };
  expect(coded(await staff('/pos/payment/process', cash))).toEqual([404, 'NOT_FOUND']);
});

it('PUT /cart/{id} redeems points of the customer, and answers each documented status', async () => {
  const { body: mine } = await staff<Cart>('/cart/merge', {
    cart_id: (await filled()).id,
    customer_id: demoId.customer(13),
  });
  const redeem = (id: string, points: unknown, headers = VISITOR) =>
    visit<Cart & { points_discount: string }>('PUT', `/cart/${id}`, { redeem_points: points }, headers);
  const { status, body } = await redeem(mine.id, 50);
  expect([status, body]).toMatchObject([
    200,
    { redeem_points: 50, points_discount: '0.50', points_preview: { balance: 525, currency: 'EUR' } },
  ]);
  expect(Number(mine.total) - Number(body.total)).toBeCloseTo(0.5);
  expect([
    coded(await redeem(mine.id, 50, {} as typeof VISITOR)),
    coded(await redeem('cart_AAAA', 50)),
    coded(await redeem(demoId.cart(4), 50)),
    coded(await redeem((await filled()).id, 50)),
    coded(await redeem(mine.id, 'many')),
    coded(await redeem(mine.id, 526)),
  ]).toEqual([
    [401, 'UNAUTHENTICATED'],
    [404, 'NOT_FOUND'],
    [404, 'NOT_FOUND'],
    [422, 'VALIDATION_FAILED'],
    [422, 'VALIDATION_FAILED'],
    [422, 'POINTS_INSUFFICIENT'],
  ]);
  expect((await redeem(mine.id, null)).body.total).toBe(mine.total);
});

it('limits the rate of each visitor, so that codes and cards cannot be tried out', async () => {
  const limited = await startTestPlatform({
    env: { RATE_LIMIT_VISITORS_PER_MINUTE: '3' },
    demoDays: 1,
  });
  try {
    const statuses: number[] = [];
    for (let request = 0; request < 4; request += 1) {
      const body = { cart_id: 'cart_AAAA', payment_method: 'card' };
      statuses.push((await limited.rest('POST', '/api/v1/checkout', { headers: VISITOR, body })).status);
    }
    expect(statuses).toEqual([404, 404, 404, 429]);
  } finally {
    await limited.stop();
  }
}, 120_000);
