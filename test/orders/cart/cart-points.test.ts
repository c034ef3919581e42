/** Loyalty points in carts: the preview, the discount, and what a checkout takes and gives back. */
import type { SignedInActor } from '#kernel/auth/actor';
import { addLoyaltyPoints, redeemLoyaltyPoints } from '#subgraphs/marketing/loyalty/manual-points';
import { loyaltyBalance } from '#subgraphs/marketing/loyalty/members.queries';
import { updateLoyaltyProgram } from '#subgraphs/marketing/loyalty/program';
import { activateCampaign, createCampaign } from '#subgraphs/marketing/campaigns/campaigns';
import type { UpdateLoyaltyProgramInput } from '#subgraphs/marketing/inputs.generated';
import { addToCart, updateCartItem } from '#subgraphs/orders/cart/cart-items';
import { cartView, findCart, type CartView } from '#subgraphs/orders/cart/cart-view';
import { checkoutCart } from '#subgraphs/orders/cart/checkout-cart';
import { mergeCarts } from '#subgraphs/orders/cart/merge-carts';
import { updateCart } from '#subgraphs/orders/cart/update-cart';
import { cancelOrder } from '#subgraphs/orders/fulfilment/cancel-order';
import type { CheckoutCartInput, UpdateCartInput } from '#subgraphs/orders/inputs.generated';
import { processPayment } from '#subgraphs/orders/payments/process-payment';
import { orderById } from '#subgraphs/orders/order/orders.queries';
import { updateStorefrontSettings } from '#subgraphs/orders/storefront/storefront-settings';
import { subgraph } from '#subgraphs/orders/subgraph';
import { checkout as sell } from '#subgraphs/pos/sale/checkout';
import { calculateCheckout } from '#subgraphs/pos/sale/checkout-preview';
import { shippingQuotes } from '#subgraphs/shipping/index';
import { visitorActor } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { statementsOf } from '#test/harness/statements';
import { subgraphClient } from '#test/harness/subgraph-client';
import { amount, codeOf, expectError, issuesOf } from '#test/harness/values';

const shippingAddress = { line1: 'Lindenstrasse 12', city: 'Berlin', postalCode: '10969', country: 'DE' };

let db: TestDatabase;
let till: Till;
let publishableKey: SignedInActor;
beforeAll(async () => {
  db = await testDatabase();
});
beforeEach(async () => {
  till = await openTill(db, {
    articles: [
      { sku: 'LAMP', price: '106.00', stock: '1000' },
      { sku: 'TEN', price: '10.00', stock: '1000' },
    ],
  });
  publishableKey = visitorActor(till);
});
afterAll(() => db.close());

const visitor = () => db.contextFor(publishableKey);
/** A program with a point for each euro, worth a cent. */
const program = (more: UpdateLoyaltyProgramInput = {}) =>
  updateLoyaltyProgram(till.ctx, { active: true, ...more });
const grant = (points: number) => addLoyaltyPoints(till.ctx, till.customerId, { points, reason: 'A gift' });
const spend = (points: number) =>
  redeemLoyaltyPoints(till.ctx, till.customerId, { points, reason: 'A gift' });
const points = async () => (await loyaltyBalance(till.ctx, till.ctx.db, till.customerId)).points;

async function guestCart(sku: string, quantity = 1): Promise<CartView> {
  return cartView(visitor(), await addToCart(visitor(), { sku, quantity: amount(quantity) }), shippingQuotes);
}
/** The cart of a customer who has signed in. */
async function filled(sku: string, quantity = 1): Promise<CartView> {
  const { id: cartId } = await guestCart(sku, quantity);
  return cartView(
    till.ctx,
    await mergeCarts(till.ctx, { cartId, customerId: till.customerId }),
    shippingQuotes,
  );
}
const update = async ({ id }: CartView, input: UpdateCartInput) =>
  cartView(visitor(), await updateCart(visitor(), id, input), shippingQuotes);
const redeem = (cart: CartView, redeemPoints: number | null) => update(cart, { redeemPoints });
const checkout = ({ id }: CartView, more: Partial<CheckoutCartInput> = {}) =>
  checkoutCart(
    visitor(),
    {
      cartId: id,
      shippingAddress,
      paymentMethod: 'card',
      providerToken: 'tok_approved',
      ...more,
    },
    shippingQuotes,
  );
const transfer = { paymentMethod: 'bank_transfer', providerToken: null } as const;
const money = ({ subtotal, discountTotal, pointsDiscount, total }: CartView) =>
  [subtotal, discountTotal, pointsDiscount, total].map((value) => value.toFixed(2));
const problemsOf = ({ problems }: CartView) => problems.map(({ code }) => code);

describe('the preview', () => {
  it('shows what the order will earn: 106.00 less 50.00 of points earns 56 (M9), and the order earns as much', async () => {
    await program();
    await grant(6_000);
    const cart = await filled('LAMP');
    expect(cart.pointsPreview).toEqual({
      earned: 106,
      balance: 6_000,
      redeemable: 6_000,
      value: amount(60),
      currency: 'EUR',
    });
    const reduced = await redeem(cart, 5_000);
    expect(money(reduced)).toEqual(['106.00', '50.00', '50.00', '56.00']);
    expect([reduced.redeemPoints, reduced.pointsPreview]).toEqual([
      5_000,
      { earned: 56, balance: 6_000, redeemable: 6_000, value: amount(60), currency: 'EUR' },
    ]);
    const { order } = await checkout(cart, { expectedTotal: amount(56) });
    expect([order.total.toFixed(2), order.taxTotal.toFixed(2)]).toEqual(['56.00', '8.94']);
    expect(order.discounts).toMatchObject([{ source: 'points', label: '5000 points', amount: amount(50) }]);
    expect((await orderById(till.ctx.db, order.id)).pointsEarned).toBe(56);
    expect(await points()).toBe(1_056);
  });

  it('counts tax and shipping as the settings say (M9)', async () => {
    await updateStorefrontSettings(till.ctx, { shippingPrice: amount('11.90'), shippingTaxRate: amount(19) });
    await program({ earnsOnTax: false });
    const cart = await filled('LAMP');
    // 106.00 with 19 % is 89.07 without.
    expect(cart.pointsPreview?.earned).toBe(89);
    await program({ earnsOnTax: true, earnsOnShipping: true });
    expect((await findCart(visitor(), cart.id, shippingQuotes)).pointsPreview?.earned).toBe(117);
    const { order } = await checkout(cart);
    expect((await orderById(till.ctx.db, order.id)).pointsEarned).toBe(117);
  });

  it('prices points as the till does, after campaigns, and at most for the share of the program', async () => {
    await program({ maximumPercent: amount(50) });
    await grant(10_000);
    const { id } = await createCampaign(till.ctx, {
      name: 'Ten',
      action: { type: 'percent', percent: amount(10) },
    });
    await activateCampaign(till.ctx, id);
    for (const [sku, quantity, redeemPoints] of [
      ['TEN', 2, 900],
      ['TEN', 3, 333],
      ['LAMP', 1, 1_999],
    ] as const) {
      const cart = await filled(sku, quantity);
      const reduced = await redeem(cart, redeemPoints);
      const items = [{ sku, quantity: amount(quantity) }];
      const quote = await calculateCheckout(till.ctx, {
        ...{ items, redeemPoints, customerId: till.customerId },
      });
      expect([
        reduced.total,
        reduced.taxTotal,
        reduced.pointsDiscount,
        reduced.pointsPreview?.earned,
      ]).toEqual([
        quote.total,
        quote.totals.taxTotal,
        quote.points?.redeemed?.amount,
        quote.points?.earned.points,
      ]);
      await checkout(cart);
    }
  });

  it('is empty without a program and for a guest, and then reads nothing about points', async () => {
    const guest = await guestCart('TEN');
    const cart = await filled('TEN');
    expect([cart.pointsPreview, cart.redeemPoints, money(cart)[2]]).toEqual([null, 0, '0.00']);
    await program();
    const sent = await statementsOf(() => findCart(visitor(), guest.id, shippingQuotes));
    expect(sent.filter(({ text }) => text.includes('loyalty'))).toEqual([]);
    expect((await findCart(visitor(), guest.id, shippingQuotes)).pointsPreview).toBeNull();
  });

  it('is in the graph', async () => {
    await program();
    await grant(400);
    const { id } = await filled('TEN');
    const { ask } = subgraphClient(subgraph({ shippingQuotes }), () => db);
    const fields = `{ total redeemPoints pointsDiscount
      pointsPreview { earned balance redeemable value currency } problems { code } }`;
    const query = `mutation ($id: ID!, $input: UpdateCartInput!) { updateCart(id: $id, input: $input) ${fields} }`;
    expect(await ask(publishableKey, query, { id, input: { redeemPoints: 150 } })).toEqual({
      updateCart: {
        total: '8.50',
        redeemPoints: 150,
        pointsDiscount: '1.50',
        pointsPreview: { earned: 8, balance: 400, redeemable: 400, value: '4.00', currency: 'EUR' },
        problems: [],
      },
    });
  });
});

describe('redeemed points of a cart', () => {
  it('are rejected with their reason, and leave the cart as it was', async () => {
    const guest = await guestCart('TEN');
    const cart = await filled('TEN');
    expect(await issuesOf(redeem(cart, 5))).toEqual(['redeemPoints PROGRAM_INACTIVE']);
    await program({ minimumRedeem: 10 });
    await grant(100);
    expect(await issuesOf(redeem(guest, 50))).toEqual(['redeemPoints CUSTOMER_REQUIRED']);
    expect(await issuesOf(redeem(cart, 9))).toEqual(['redeemPoints BELOW_MINIMUM']);
    expect(await issuesOf(redeem(cart, -1))).toEqual(['redeemPoints NEGATIVE']);
    expect(await issuesOf(redeem(cart, 1_001))).toEqual(['redeemPoints ABOVE_LIMIT']);
    const error = await expectError('POINTS_INSUFFICIENT', redeem(cart, 101));
    expect([error.status, error.details]).toEqual([422, { balance: 100 }]);
    expect(await findCart(visitor(), cart.id, shippingQuotes)).toMatchObject({
      redeemPoints: 0,
      version: cart.version,
    });
  });

  it('are kept by a change of something else, and removed by null and by zero', async () => {
    await program();
    await grant(300);
    const cart = await redeem(await filled('TEN'), 300);
    expect((await update(cart, { email: 'ann@example.com' })).redeemPoints).toBe(300);
    expect(money(await redeem(cart, null))).toEqual(['10.00', '0.00', '0.00', '10.00']);
    await redeem(cart, 300);
    expect(money(await redeem(cart, 0))).toEqual(['10.00', '0.00', '0.00', '10.00']);
    // Nothing was taken yet.
    expect(await points()).toBe(300);
  });

  it('are kept when the customer signs in with another cart', async () => {
    await program();
    await grant(300);
    await redeem(await filled('TEN'), 300);
    expect(money(await filled('LAMP'))).toEqual(['116.00', '3.00', '3.00', '113.00']);
  });

  it('are a problem that prevents the checkout while the balance is too low', async () => {
    await program();
    await grant(300);
    const cart = await redeem(await filled('TEN'), 300);
    await spend(1);
    const poor = await findCart(visitor(), cart.id, shippingQuotes);
    expect(poor.problems).toMatchObject([
      { code: 'points_insufficient', message: 'The balance of 299 points does not cover 300.' },
    ]);
    expect(money(poor)).toEqual(['10.00', '0.00', '0.00', '10.00']);
    const error = await expectError('POINTS_INSUFFICIENT', checkout(cart));
    expect([error.status, error.details]).toEqual([422, { balance: 299 }]);
    expect(problemsOf(await redeem(cart, 299))).toEqual([]);
    expect((await checkout(cart)).order.total.toFixed(2)).toBe('7.01');
    expect(await points()).toBe(7);
  });

  it('are a problem when the cart has become too small, or the program has ended', async () => {
    await program();
    await grant(3_000);
    const cart = await redeem(await filled('TEN', 2), 1_500);
    await updateCartItem(visitor(), cart.id, cart.items[0]!.id, { quantity: amount(1) });
    expect(problemsOf(await findCart(visitor(), cart.id, shippingQuotes))).toEqual(['points_not_redeemable']);
    expect(await issuesOf(checkout(cart))).toEqual(['redeemPoints ABOVE_LIMIT']);
    await redeem(cart, 1_000);
    await program({ active: false });
    expect(problemsOf(await findCart(visitor(), cart.id, shippingQuotes))).toEqual(['points_not_redeemable']);
    expect(await issuesOf(checkout(cart))).toEqual(['redeemPoints PROGRAM_INACTIVE']);
    expect(problemsOf(await redeem(cart, null))).toEqual([]);
  });

  it('pay a whole order, which is confirmed without asking a provider', async () => {
    await program();
    await grant(1_000);
    const cart = await redeem(await filled('TEN'), 1_000);
    const { order, payments } = await checkout(cart, { providerToken: null });
    expect([order.status, order.total.toFixed(2), order.pointsEarned, payments]).toEqual([
      'confirmed',
      '0.00',
      0,
      [],
    ]);
    expect(await points()).toBe(0);
  });

  it('are taken at once by an order that waits, which earns its own when it is paid', async () => {
    await program();
    await grant(5_000);
    const cart = await redeem(await filled('LAMP'), 5_000);
    const { order } = await checkout(cart, transfer);
    expect([order.status, order.pointsEarned, await points()]).toEqual(['pending', 0, 0]);
    await processPayment(till.ctx, { orderId: order.id, method: 'bank_transfer' });
    expect(await points()).toBe(56);
  });
});

describe('redeemed points that come back', () => {
  it('do so by a declined payment, and the cart still redeems them', async () => {
    await program();
    await grant(500);
    const cart = await redeem(await filled('TEN'), 500);
    await expectError('PAYMENT_DECLINED', checkout(cart, { providerToken: 'tok_declined' }));
    expect(await points()).toBe(500);
    const open = await findCart(visitor(), cart.id, shippingQuotes);
    expect([open.status, open.redeemPoints, money(open)[3], problemsOf(open)]).toEqual([
      'open',
      500,
      '5.00',
      [],
    ]);
    const { order } = await checkout(cart);
    expect([order.total.toFixed(2), await points()]).toEqual(['5.00', 5]);
  });

  it('do so by a cancellation, before the payment and after it', async () => {
    await program();
    await grant(500);
    const cart = await redeem(await filled('TEN'), 500);
    const waiting = await checkout(cart, transfer);
    expect(await points()).toBe(0);
    await cancelOrder(till.ctx, waiting.order.id, {});
    expect(await points()).toBe(500);
    const paid = await checkout(cart);
    expect(await points()).toBe(5);
    await cancelOrder(till.ctx, paid.order.id, {});
    expect(await points()).toBe(500);
  });
});

describe('concurrent requests', () => {
  it('take the points of a cart once, of twenty checkouts at once (W2)', async () => {
    await program({ earnRate: amount(0) });
    await grant(500);
    const cart = await redeem(await filled('TEN'), 300);
    const orders = await Promise.all(Array.from({ length: 20 }, () => checkout(cart)));
    expect(new Set(orders.map(({ order }) => order.id)).size).toBe(1);
    expect(await points()).toBe(200);
  }, 60_000);

  it('spend the last points once, at ten tills and in a cart at once', async () => {
    await program({ earnRate: amount(0) });
    for (let round = 0; round < 5; round += 1) {
      await grant(500);
      const cart = await redeem(await filled('TEN'), 500);
      const atTill = () =>
        sell(till.ctx, {
          ...{ items: [{ sku: 'TEN' }], customerId: till.customerId },
          ...{ redeemPoints: 500, paymentMethod: 'card' as const },
        });
      const [inCart, ...atTills] = await Promise.all([
        codeOf(checkout(cart)),
        ...Array.from({ length: 10 }, () => codeOf(atTill())),
      ]);
      const outcomes = [inCart, ...atTills].sort();
      expect(outcomes).toEqual([...Array<string>(10).fill('POINTS_INSUFFICIENT'), 'none']);
      expect(await points()).toBe(0);
      // The cart that came too late is still open, and its customer can pay without points.
      if (inCart !== 'none') {
        await redeem(cart, null);
        expect((await checkout(cart)).order.total.toFixed(2)).toBe('10.00');
      }
    }
    // Of each round, one payment of a cart: 5.00, or 10.00 without points.
    expect(await till.ctx.prisma.sandboxPayment.count()).toBe(5);
  }, 60_000);
});
