/** Placed orders that are paid through Stripe, against a double of Stripe over HTTP, with its signed webhooks over PosPro's own HTTP. */
import { createHmac } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { SettableClock } from '#kernel/clock';
import { sql } from '#kernel/db/database';
import { cancelOrder } from '#subgraphs/orders/fulfilment/cancel-order';
import { shipOrder } from '#subgraphs/orders/fulfilment/ship-order';
import { partiallyRefundOrder } from '#subgraphs/orders/index';
import type { ProcessPaymentInput } from '#subgraphs/orders/inputs.generated';
import type { FullOrder } from '#subgraphs/orders/model';
import { dueAmount } from '#subgraphs/orders/order/order-balance.rules';
import { orderById } from '#subgraphs/orders/order/orders.queries';
import { capturePayment, confirmPayment } from '#subgraphs/orders/payments/payment-commands';
import { performPaymentWork } from '#subgraphs/orders/payments/payments.worker';
import { takePayment } from '#subgraphs/orders/payments/process-payment';
import { createOrder } from '#subgraphs/orders/placing/create-order';
import { paymentsOfOrders, requireIntent } from '#subgraphs/payments/index';
import { updateProviderSettings } from '#subgraphs/payments/providers/provider-settings';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, expectError } from '#test/harness/values';
import { startStripeDouble, type StripeDouble } from '#test/payments/providers/stripe/stripe-double';

const SECRETS = { stripeSecretKey: 'sk_test_double', stripeWebhookSecret: 'whsec_double' };
const clock = new SettableClock(new Date());
let stripe: StripeDouble;
let platform: TestPlatform;
let shop: Shop;
beforeAll(async () => {
  stripe = await startStripeDouble();
  platform = await startTestPlatform({ clock, env: { STRIPE_API_URL: stripe.url } });
});
afterAll(async () => {
  await platform.stop();
  await stripe.close();
});
beforeEach(async () => {
  stripe.requests.length = 0;
  shop = await openShop(platform, { articles: [{ sku: 'TEA', price: '10.00', stock: '100' }] });
  await updateProviderSettings(shop.ctx, { cardProvider: 'stripe', ...SECRETS });
});

/** An order by phone of four packets of tea for 10.00 each. */
async function placed(): Promise<FullOrder> {
  const items = [{ sku: 'TEA', quantity: amount(4) }];
  return (await createOrder(shop.ctx, { channel: 'phone', items })).order;
}
const pay = (order: FullOrder, providerToken: string, more: Partial<ProcessPaymentInput> = {}) =>
  takePayment(shop.ctx, { method: 'card', providerToken, capture: false, ...more, orderId: order.id });
/** The order, and the reference of its payment, whose money Stripe holds. */
async function authorized() {
  const order = await placed();
  const { id } = await pay(order, 'pm_card_visa');
  const { providerReference } = await requireIntent(shop.ctx.db, id);
  return { order, id, reference: providerReference! };
}
/** Waits until every request was answered: the platform's own worker may have sent it. */
async function work(): Promise<void> {
  await performPaymentWork(platform.services);
  const open = () => shop.ctx.db.many(sql`select 1 from payment_attempts where status = 'open'`);
  while ((await open()).length > 0) await setTimeout(10);
}
async function state(order: FullOrder): Promise<string> {
  const now = await orderById(shop.ctx.db, order.id);
  return `${now.status} paid ${now.paid.toFixed(2)} due ${dueAmount(now).toFixed(2)}`;
}
async function paymentsOf(order: FullOrder): Promise<string[]> {
  const payments = (await paymentsOfOrders(shop.ctx.db, [order.id])).get(order.id) ?? [];
  return payments.map(({ amount: value, status, refundedAmount }) =>
    [value.toFixed(2), status, refundedAmount.toFixed(2)].join(' '),
  );
}
/** The requests that move money, with their amounts, and the keys that they had. */
function sent(): string[] {
  const posts = stripe.requests.filter(({ method }) => method === 'POST');
  expect(new Set(posts.map(({ key }) => key)).size).toBe(posts.length);
  for (const { key } of posts) expect(key).toMatch(/^[\da-f-]{36}$/);
  return posts.map(({ path, form }) => {
    const [, verb] = /\/v1\/(?:payment_intents\/[^/]+\/)?(\w+)/.exec(path)!;
    return `${verb} ${form.amount_to_capture ?? form.amount ?? ''}`.trim();
  });
}
async function send(id: string, object: object): Promise<unknown> {
  const body = JSON.stringify({ id, object: 'event', type: 'test', data: { object } });
  const at = Math.floor(Date.now() / 1000);
  const signature = createHmac('sha256', 'whsec_double').update(`${at}.${body}`).digest('hex');
  const headers = { 'content-type': 'application/json', 'stripe-signature': `t=${at},v1=${signature}` };
  return (await platform.rest('POST', '/api/v1/payments/providers/stripe/webhook', { body, headers })).body;
}

describe('an order that Stripe pays', () => {
  it('is confirmed by the authorization, captured once with the first shipment, and refunded', async () => {
    const { order, id } = await authorized();
    expect([await state(order), sent()]).toEqual(['confirmed paid 40.00 due 0.00', ['payment_intents 4000']]);
    expect(stripe.requests[0]!.form).toMatchObject({
      capture_method: 'manual',
      'metadata[pospro_payment]': id,
    });
    await shipOrder(shop.ctx, order.id, { items: [{ itemId: order.lines[0]!.id, quantity: amount(1) }] });
    await work();
    await shipOrder(shop.ctx, order.id, {});
    await work();
    expect(await paymentsOf(order)).toEqual(['40.00 captured 0.00']);
    await partiallyRefundOrder(shop.ctx, order.id, { amount: amount('15.00') });
    await work();
    expect(sent()).toEqual(['payment_intents 4000', 'capture 4000', 'refunds 1500']);
    expect(await paymentsOf(order)).toEqual(['40.00 partially_refunded 15.00']);
    expect(await requireIntent(shop.ctx.db, id)).toMatchObject({ refundedAmount: amount(15) });
  });

  it('is captured by less after a cancellation in part; what Stripe released is not a refund', async () => {
    const { order, id, reference } = await authorized();
    await cancelOrder(shop.ctx, order.id, { items: [{ itemId: order.lines[0]!.id, quantity: amount(1) }] });
    await shipOrder(shop.ctx, order.id, {});
    await work();
    expect(sent()).toEqual(['payment_intents 4000', 'capture 3000']);
    const charge = { object: 'charge', payment_intent: reference, currency: 'eur', status: 'succeeded' };
    await send(`evt_${id}`, { ...charge, amount: 4000, amount_captured: 3000, amount_refunded: 0 });
    expect(await requireIntent(shop.ctx.db, id)).toMatchObject({
      status: 'captured',
      capturedAmount: amount(30),
    });
    expect(await state(order)).toBe('shipped paid 40.00 due 0.00');
  });

  it('is voided with its cancellation, whatever the version of the webhook counts as refunded', async () => {
    const { order, id, reference } = await authorized();
    await cancelOrder(shop.ctx, order.id, {});
    await work();
    expect(sent()).toEqual(['payment_intents 4000', 'cancel']);
    const charge = { object: 'charge', payment_intent: reference, currency: 'eur', status: 'succeeded' };
    await send(`evt_${id}`, { ...charge, amount: 4000, amount_captured: 0, amount_refunded: 4000 });
    expect((await requireIntent(shop.ctx.db, id)).status).toBe('voided');
    expect([await state(order), await paymentsOf(order)]).toEqual([
      'cancelled paid 40.00 due 0.00',
      ['40.00 voided 40.00'],
    ]);
  });

  it('waits after a decline, and for 3-D Secure, which the customer passes', async () => {
    const order = await placed();
    const declined = await expectError('PAYMENT_DECLINED', pay(order, 'pm_declined'));
    expect(declined.details).toMatchObject({ status: 'declined', declineCode: 'insufficient_funds' });
    expect(await state(order)).toBe('pending paid 0.00 due 40.00');
    const { id } = await pay(order, 'pm_3d_secure');
    expect((await requireIntent(shop.ctx.db, id)).nextAction).toMatchObject({
      type: 'redirect',
      url: 'https://bank.test/3ds',
    });
    expect(await state(order)).toBe('pending paid 0.00 due 40.00');
    expect((await confirmPayment(shop.ctx, id)).status).toBe('authorized');
    expect(await state(order)).toBe('confirmed paid 40.00 due 0.00');
    expect(sent()).toEqual(['payment_intents 4000', 'payment_intents 4000', 'confirm']);
  });
});

describe('an authorization that Stripe loses', () => {
  it.each([
    ['expired', null],
    ['automatic', null],
    [null, 'capture_charge_authorization_expired'],
  ])('opens the amount again, by one webhook or two: %s %s', async (reason, code) => {
    const { order, id, reference } = await authorized();
    const ended = {
      ...stripe.intents.get(reference)!,
      ...{ amount_capturable: 0, cancellation_reason: reason, last_payment_error: code && { code } },
      status: code === null ? 'canceled' : 'requires_payment_method',
    };
    expect(await send(`evt_${id}_1`, ended)).toEqual({ received: true, handled: true });
    expect(await send(`evt_${id}_1`, ended)).toEqual({ received: true, handled: false });
    await send(`evt_${id}_2`, ended);
    expect((await requireIntent(shop.ctx.db, id)).status).toBe('expired');
    expect(await state(order)).toBe('confirmed paid 0.00 due 40.00');
    expect(await paymentsOf(order)).toEqual(['40.00 failed 0.00', '-40.00 voided 0.00']);
    await pay(order, 'pm_card_visa', { capture: true });
    expect(await state(order)).toBe('confirmed paid 40.00 due 0.00');
  });

  it.each(['charge_expired_for_capture', 'card_declined'])(
    'opens the amount again when its capture fails: %s',
    async (code) => {
      const { order, id, reference } = await authorized();
      stripe.failing.set(reference, code);
      await shipOrder(shop.ctx, order.id, {});
      await work();
      expect(sent()).toEqual(['payment_intents 4000', 'capture 4000']);
      expect((await requireIntent(shop.ctx.db, id)).status).toBe('expired');
      expect(await state(order)).toBe('shipped paid 0.00 due 40.00');
    },
  );

  it('answers 409 to the caller whose capture fails', async () => {
    const { id, reference } = await authorized();
    stripe.failing.set(reference, 'charge_expired_for_capture');
    const error = await expectError('ILLEGAL_STATE', capturePayment(shop.ctx, id, null));
    expect([error.status, error.details]).toEqual([
      409,
      { status: 'expired', providerCode: 'charge_expired_for_capture' },
    ]);
  });

  it('is not taken for a declined card that comes late: the customer used another one', async () => {
    const { order, id, reference } = await authorized();
    const declined = {
      ...stripe.intents.get(reference)!,
      ...{ status: 'requires_payment_method', amount_capturable: 0 },
      last_payment_error: { code: 'card_declined', decline_code: 'insufficient_funds' },
    };
    await send(`evt_${id}`, declined);
    expect((await requireIntent(shop.ctx.db, id)).status).toBe('authorized');
    expect(await state(order)).toBe('confirmed paid 40.00 due 0.00');
  });
});
