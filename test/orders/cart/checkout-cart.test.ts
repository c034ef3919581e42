/** Checking a cart out: one order, one payment, and the goods for exactly one customer. */
import type { SignedInActor } from '#kernel/auth/actor';
import { SettableClock } from '#kernel/clock';
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { updateProduct, activateProduct } from '#subgraphs/catalog/products/products';
import { levelsOf } from '#subgraphs/inventory/index';
import { releaseExpired } from '#subgraphs/inventory/reservations/expire-reservations.worker';
import { addToCart } from '#subgraphs/orders/cart/cart-items';
import { cartView, findCart, type CartView } from '#subgraphs/orders/cart/cart-view';
import { checkoutCart, confirmCheckout } from '#subgraphs/orders/cart/checkout-cart';
import { prepareCheckout } from '#subgraphs/orders/cart/prepare-checkout';
import { cartRowId } from '#subgraphs/orders/cart/cart-id';
import type { CheckoutCartInput } from '#subgraphs/orders/inputs.generated';
import { cancelExpired } from '#subgraphs/orders/fulfilment/expire-orders.worker';
import type { PostedOrder } from '#subgraphs/orders/model';
import { orderById } from '#subgraphs/orders/order/orders.queries';
import { performPaymentWork } from '#subgraphs/orders/payments/payments.worker';
import { reserveConfirmation } from '#subgraphs/orders/payments/reserve-payment';
import { runAttempt } from '#subgraphs/orders/payments/run-attempt';
import { updateStorefrontSettings } from '#subgraphs/orders/storefront/storefront-settings';
import { nextActionsOfOrders, providerTask } from '#subgraphs/payments/index';
import { withCode } from '#subgraphs/payments/gift-cards/gift-card-ledger';
import { shippingQuotes } from '#subgraphs/shipping/index';
import { visitorActor } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, expectError, issuesOf } from '#test/harness/values';

const START = new Date('2026-03-02T12:00:00Z');
const shippingAddress = { line1: 'Lindenstrasse 12', city: 'Berlin', postalCode: '10969', country: 'DE' };

let db: TestDatabase;
let clock: SettableClock;
let shop: Shop;
let publishableKey: SignedInActor;
beforeAll(async () => {
  clock = new SettableClock(START);
  db = await testDatabase({ clock });
});
beforeEach(async () => {
  clock.set(START);
  shop = await openShop(db, {
    articles: [
      { sku: 'A', price: '9.99', stock: '100' },
      { sku: 'LAST', price: '20.00', stock: '1' },
    ],
  });
  publishableKey = visitorActor(shop);
});
afterAll(() => db.close());

const visitor = () => db.contextFor(publishableKey);

async function filled(sku: string, quantity = 1): Promise<CartView> {
  return cartView(visitor(), await addToCart(visitor(), { sku, quantity: amount(quantity) }), shippingQuotes);
}

const inputOf = ({ id }: Pick<CartView, 'id'>): CheckoutCartInput => ({
  cartId: id,
  shippingAddress,
  paymentMethod: 'card',
  providerToken: 'tok_approved',
});
const checkout = (cart: Pick<CartView, 'id'>, more: Partial<CheckoutCartInput> = {}) =>
  checkoutCart(visitor(), { ...inputOf(cart), ...more }, shippingQuotes);

const availableOf = async (sku: string) => {
  const { variantId } = shop.items[sku]!;
  const levels = await levelsOf(shop.ctx.db, [variantId], shop.branchId, clock.now());
  const { onHand, reserved } = levels.get(variantId)!;
  return [onHand.toFixed(), reserved.toFixed()];
};
const statusesAndIds = () =>
  shop.ctx.db.many<{ id: string; status: string }>(sql`select id, status from payment_intents order by id`);
const statusesOfIntents = async () => (await statusesAndIds()).map(({ status }) => status);

it('becomes a paid order, whose data the cart no longer has', async () => {
  await updateStorefrontSettings(shop.ctx, { shippingPrice: amount('4.90'), shippingTaxRate: amount(19) });
  const cart = await filled('A', 2);
  const { order, payments } = await checkout(cart, { email: 'Ann@example.com', note: 'Ring twice' });
  expect(order).toMatchObject({
    status: 'confirmed',
    channel: 'web',
    customerId: null,
    cashierId: null,
    email: 'ann@example.com',
    note: 'Ring twice',
  });
  expect(order.shippingAddress).toMatchObject({ line1: 'Lindenstrasse 12', country: 'DE' });
  const { subtotal, shippingTotal, taxTotal, total, paid } = order;
  // 19.98 with 3.19 tax, and 4.90 with 0.78.
  expect([subtotal, shippingTotal, taxTotal, total, paid].map((value) => value.toFixed(2))).toEqual([
    '19.98',
    '4.90',
    '3.97',
    '24.88',
    '24.88',
  ]);
  expect(payments).toMatchObject([{ method: 'card', status: 'captured', amount: amount('24.88') }]);
  expect(await availableOf('A')).toEqual(['100', '2']);
  const after = await findCart(visitor(), cart.id, shippingQuotes);
  expect(after).toMatchObject({
    status: 'checked_out',
    orderId: order.id,
    email: null,
    shippingAddress: null,
  });
  await expectError('ILLEGAL_STATE', addToCart(visitor(), { cartId: cart.id, sku: 'A' }));
});

it('W2: makes one order of twenty checkouts at once', async () => {
  const cart = await filled('A', 3);
  const orders = await Promise.all(Array.from({ length: 20 }, () => checkout(cart)));
  expect(new Set(orders.map(({ order }) => order.id)).size).toBe(1);
  expect(await availableOf('A')).toEqual(['100', '3']);
  expect(await statusesOfIntents()).toEqual(['captured']);
  const again = visitor();
  await checkoutCart(again, { cartId: cart.id, shippingAddress, paymentMethod: 'card' }, shippingQuotes);
  expect(again.reply.replayed).toBe(true);
}, 60_000);

it('W3: is rejected for a total that the customer has not seen, with the new totals', async () => {
  const cart = await filled('A');
  await updateProduct(shop.ctx, shop.items.A!.productId, { price: amount('12.99') });
  const changed = await expectError('PRICE_CHANGED', checkout(cart, { expectedTotal: amount('9.99') }));
  expect([changed.status, changed.details]).toEqual([
    409,
    {
      currency: 'EUR',
      subtotal: '12.99',
      discountTotal: '0.00',
      shippingTotal: '0.00',
      taxTotal: '2.07',
      total: '12.99',
    },
  ]);
  expect(await availableOf('A')).toEqual(['100', '0']);
  const { order } = await checkout(cart);
  expect(order.total.toFixed(2)).toBe('12.99');
});

it('W4: reserves the last unit for the cart, also after a decline', async () => {
  const [mine, other] = [await filled('LAST'), await filled('LAST')];
  const declined = await expectError('PAYMENT_DECLINED', checkout(mine, { providerToken: 'tok_declined' }));
  expect(declined.status).toBe(402);
  expect(await availableOf('LAST')).toEqual(['1', '1']);
  await expectError('INSUFFICIENT_STOCK', checkout(other));
  expect((await findCart(visitor(), mine.id, shippingQuotes)).problems).toEqual([]);
  expect((await checkout(mine)).order.status).toBe('confirmed');
  expect(await statusesOfIntents()).toEqual(['declined', 'captured']);
});

/** The first step of a checkout, whose provider is not asked yet. */
async function begun(
  cart: CartView,
  more: Partial<CheckoutCartInput> = {},
): Promise<{ ctx: RequestContext; orderId: string; attemptId: string }> {
  const ctx = visitor();
  const input = { ...inputOf(cart), ...more };
  const step = await transact(ctx, (tx) =>
    prepareCheckout(tx, ctx, cartRowId(ctx, cart.id), input, { provider: 'sandbox', quotes: shippingQuotes }),
  );
  if (step.kind !== 'pay') throw new Error(`The step is ${step.kind}.`);
  return { ctx, ...step };
}
const statusOf = async (orderId: string) => (await orderById(shop.ctx.db, orderId)).status;
const events = (type: string) =>
  shop.ctx.db.many<{ status: string }>(
    sql`select payload ->> 'status' as status from outbox_events where type = ${type} order by id`,
  );

it.each([
  ['before the payment settles', true],
  ['only afterwards', false],
])(
  'W5: gives the goods to one customer and the money back to the other, if the reservation ends before the payment, and the order is cancelled %s',
  async (...[, cancelledFirst]) => {
    const [slow, fast] = [await filled('LAST'), await filled('LAST')];
    const { ctx, orderId, attemptId } = await begun(slow);
    // The reservation ends at 12:15:00, the unit is sold at 12:15:01, and the payment settles at 12:15:03.
    clock.set(new Date('2026-03-02T12:15:00Z'));
    await releaseExpired(db.services);
    if (cancelledFirst) await cancelExpired(db.services);
    clock.set(new Date('2026-03-02T12:15:01Z'));
    const { order } = await checkout(fast);
    clock.set(new Date('2026-03-02T12:15:03Z'));
    const task = await providerTask(ctx.db, attemptId);
    await expectError(cancelledFirst ? 'ILLEGAL_STATE' : 'INSUFFICIENT_STOCK', runAttempt(ctx, task!));
    expect(await statusesOfIntents()).toEqual(['refunded', 'captured']);
    expect([await statusOf(orderId), await statusOf(order.id)]).toEqual(['cancelled', 'confirmed']);
    expect(await availableOf('LAST')).toEqual(['1', '1']);
    expect((await events('payment.changed')).map(({ status }) => status)).toContain('refunded');
    expect((await events('order.changed')).map(({ status }) => status)).toContain('cancelled');
    // The customer can go on with the cart, and is told that there is nothing left.
    expect(await findCart(visitor(), slow.id, shippingQuotes)).toMatchObject({
      status: 'open',
      problems: [{ code: 'insufficient_stock' }],
    });
    await expectError('INSUFFICIENT_STOCK', checkout(slow));
  },
);

it('prolongs the reservation when the provider is asked again', async () => {
  const cart = await filled('LAST');
  const { order } = await checkout(cart, { providerToken: 'tok_3d_secure' });
  expect(order.holdsUntil).toEqual(new Date('2026-03-02T12:15:00Z'));
  await updateStorefrontSettings(shop.ctx, { reservationMinutes: 30 });
  clock.set(new Date('2026-03-02T12:10:00Z'));
  const reserved = await transact(shop.ctx, async (tx) => {
    const [payment] = await statusesAndIds();
    return reserveConfirmation(tx, shop.ctx, payment!.id);
  });
  expect((await orderById(shop.ctx.db, order.id)).holdsUntil).toEqual(new Date('2026-03-02T12:40:00Z'));
  clock.set(new Date('2026-03-02T12:20:00Z'));
  await releaseExpired(db.services);
  expect(await cancelExpired(db.services)).toBe(0);
  await runAttempt(shop.ctx, reserved);
  expect(await statusOf(order.id)).toBe('confirmed');
});

it('is finished by the reconciler after a crash, without the customer', async () => {
  const cart = await filled('A');
  const { orderId } = await begun(cart);
  clock.advance(120_000);
  while ((await performPaymentWork(db.services)) > 0);
  expect(await statusOf(orderId)).toBe('confirmed');
  const { order, payments } = await checkout(cart, { providerToken: 'tok_declined' });
  expect([order.id, payments.map(({ status }) => status)]).toEqual([orderId, ['captured']]);
  expect(await statusesOfIntents()).toEqual(['captured']);
});

it('waits for the customer\u2019s own step, and is confirmed by it', async () => {
  const cart = await filled('A');
  const { order } = await checkout(cart, { providerToken: 'tok_3d_secure' });
  expect(order.status).toBe('pending');
  const actions = await nextActionsOfOrders(shop.ctx.db, [order.id]);
  expect(actions.get(order.id)).toMatchObject({ type: 'redirect' });
  expect((await checkout(cart)).order).toMatchObject({ id: order.id, status: 'pending' });
  expect((await confirmCheckout(visitor(), cart.id)).order).toMatchObject({
    id: order.id,
    status: 'confirmed',
  });
  expect((await confirmCheckout(visitor(), cart.id)).order.status).toBe('confirmed');
  expect(await statusesOfIntents()).toEqual(['captured']);
});

it('opens the cart again if the customer fails the step, or the time for it ends', async () => {
  const cart = await filled('A');
  await expectError('ILLEGAL_STATE', confirmCheckout(visitor(), cart.id));
  await checkout(cart, { providerToken: 'tok_3d_secure_fails' });
  await expectError('PAYMENT_DECLINED', confirmCheckout(visitor(), cart.id));
  expect(await findCart(visitor(), cart.id, shippingQuotes)).toMatchObject({
    status: 'open',
    orderId: null,
    shippingAddress: { city: 'Berlin' },
  });
  await expectError('PAYMENT_DECLINED', confirmCheckout(visitor(), cart.id));
  const { order } = await checkout(cart, { providerToken: 'tok_3d_secure' });
  clock.advance(15 * 60_000);
  expect(await cancelExpired(db.services)).toBe(1);
  while ((await performPaymentWork(db.services)) > 0);
  expect([await statusOf(order.id), await statusesOfIntents()]).toEqual([
    'cancelled',
    ['declined', 'voided'],
  ]);
  expect(await findCart(visitor(), cart.id, shippingQuotes)).toMatchObject({ status: 'open', orderId: null });
  expect(await availableOf('A')).toEqual(['100', '0']);
});

it('is confirmed by the webhook of a provider that decides late', async () => {
  const cart = await filled('A');
  const { order } = await checkout(cart, { providerToken: 'tok_webhook_only' });
  expect(order.status).toBe('pending');
  clock.advance(2_000);
  while ((await performPaymentWork(db.services)) > 0);
  expect(await statusOf(order.id)).toBe('confirmed');
});

it('without a provider is an order that waits for its payment, and keeps the goods until then', async () => {
  const cart = await filled('A', 2);
  const { order, payments } = await checkout(cart, { paymentMethod: 'bank_transfer', providerToken: null });
  expect([order.status, order.holdsUntil, payments]).toEqual([
    'pending',
    new Date('2026-03-09T12:00:00Z'),
    [],
  ]);
  expect(await availableOf('A')).toEqual(['100', '2']);
  // The customer pays by card after all.
  expect((await checkout(cart)).order).toMatchObject({ id: order.id, status: 'confirmed' });
});

it('is rejected for what the shop cannot sell or send, and then reserves nothing', async () => {
  const cart = await filled('A');
  const issues = (more: Partial<CheckoutCartInput>) => issuesOf(checkout(cart, more));
  expect(await issues({ shippingAddress: null })).toEqual(['shippingAddress REQUIRED']);
  expect(await issues({ paymentMethod: 'cash', providerToken: null })).toEqual([
    'paymentMethod UNKNOWN_METHOD',
  ]);
  expect(await issues({ providerToken: '4242 4242 4242 4242' })).toEqual(['providerToken INVALID']);
  expect(await issues({ paymentMethod: 'bank_transfer' })).toEqual(['providerToken INVALID']);
  await updateStorefrontSettings(shop.ctx, { shippingCountries: ['AT'] });
  const far = await expectError('ILLEGAL_STATE', checkout(cart));
  expect(far.details).toEqual({ problem: 'shipping_unavailable', itemId: null });
  await updateStorefrontSettings(shop.ctx, { shippingCountries: [] });
  await activateProduct(shop.ctx, shop.items.A!.productId, false);
  const gone = await expectError('ILLEGAL_STATE', checkout(cart));
  expect(gone.details).toEqual({ problem: 'not_sold_here', itemId: cart.items[0]!.id });
  expect(await availableOf('A')).toEqual(['100', '0']);
  expect(await statusesOfIntents()).toEqual([]);
});

it('is not for others', async () => {
  const cart = await filled('A');
  const stranger = await openShop(db);
  const input = { cartId: cart.id, shippingAddress, paymentMethod: 'card' } as const;
  await expectError('NOT_FOUND', checkoutCart(stranger.ctx, input, shippingQuotes));
  await expectError(
    'NOT_FOUND',
    checkoutCart(visitor(), { ...input, cartId: shop.branchId }, shippingQuotes),
  );
});

describe('with gift cards', () => {
  const codesOf = ({ giftCards }: PostedOrder) => giftCards!.map((card) => withCode(visitor(), card).code);
  beforeEach(async () => {
    await updateProduct(shop.ctx, shop.items.LAST!.productId, { giftCardPurpose: 'multi_purpose', trackStock: false });
    await updateStorefrontSettings(shop.ctx, {
      shippingPrice: amount('4.90'), shippingTaxRate: amount(19), freeShippingFrom: amount(40),
    });
  }); // prettier-ignore

  it('only, needs no address and no shipment, and answers the codes of two cards when it is paid', async () => {
    const cart = await filled('LAST', 2);
    expect(cart).toMatchObject({ total: amount(40), taxTotal: amount(0), shippingRates: [], problems: [] });
    expect(cart.items).toMatchObject([{ quantity: amount(2), total: amount(40) }]);
    const paid = await checkout(cart, { shippingAddress: null });
    expect(paid.order).toMatchObject({ status: 'completed', total: amount(40), giftCardTotal: amount(40) });
    expect(paid.order.lines.map(({ quantity, total }) => [quantity.toFixed(), total.toFixed()])).toEqual([['1', '20'], ['1', '20']]);
    expect(new Set(codesOf(paid)).size).toBe(2);
    expect(codesOf(await checkout(cart))).toEqual(codesOf(paid));
    expect(codesOf(await confirmCheckout(visitor(), cart.id))).toEqual(codesOf(paid));
    expect(await issuesOf(filled('LAST', 21))).toEqual(['quantity TOO_LARGE']);
  }); // prettier-ignore

  it('has no card before it is paid: after a decline, and while the customer has to act', async () => {
    const cart = await filled('LAST');
    await expectError('PAYMENT_DECLINED', checkout(cart, { providerToken: 'tok_declined' }));
    const { order, giftCards } = await checkout(cart, { providerToken: 'tok_3d_secure' });
    expect([order.status, giftCards]).toEqual(['pending', []]);
    const confirmed = await confirmCheckout(visitor(), cart.id);
    expect([confirmed.order.status, codesOf(confirmed).length]).toEqual(['completed', 1]);
  });

  it('and goods ships the goods, whose value alone decides whether that is free', async () => {
    const cart = await filled('LAST', 2);
    const both = await cartView(
      visitor(),
      await addToCart(visitor(), { cartId: cart.id, sku: 'A' }),
      shippingQuotes,
    );
    expect([both.shippingTotal.toFixed(2), both.total.toFixed(2)]).toEqual(['4.90', '54.89']);
    expect(await issuesOf(checkout(cart, { shippingAddress: null }))).toEqual(['shippingAddress REQUIRED']);
    const { order, giftCards } = await checkout(cart);
    expect([order.status, giftCards?.length]).toEqual(['confirmed', 2]);
  });

  it('issues each card once, of twenty checkouts at once', async () => {
    const cart = await filled('LAST');
    const orders = await Promise.all(Array.from({ length: 20 }, () => checkout(cart)));
    expect(new Set(orders.flatMap(codesOf)).size).toBe(1);
    expect(orders.every(({ order }) => order.status === 'completed')).toBe(true);
  }, 60_000);
});
