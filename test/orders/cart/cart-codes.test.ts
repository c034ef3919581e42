/** Campaigns and discount codes of carts: prices, problems, limits, and what a checkout takes and gives back. */
import type { SignedInActor } from '#kernel/auth/actor';
import { SettableClock } from '#kernel/clock';
import type { CreateCampaignInput, GenerateDiscountCodesInput } from '#subgraphs/marketing/inputs.generated';
import {
  activateCampaign,
  createCampaign,
  pauseCampaign,
  requireCampaign,
} from '#subgraphs/marketing/campaigns/campaigns';
import { generateDiscountCodes } from '#subgraphs/marketing/codes/discount-codes';
import { applyCartCode, removeCartCode } from '#subgraphs/orders/cart/cart-codes';
import { addToCart, updateCartItem } from '#subgraphs/orders/cart/cart-items';
import { cartView, findCart, type CartView } from '#subgraphs/orders/cart/cart-view';
import { checkoutCart } from '#subgraphs/orders/cart/checkout-cart';
import { cancelOrder } from '#subgraphs/orders/fulfilment/cancel-order';
import type { CheckoutCartInput } from '#subgraphs/orders/inputs.generated';
import { updateStorefrontSettings } from '#subgraphs/orders/storefront/storefront-settings';
import { shippingQuotes } from '#subgraphs/shipping/index';
import { visitorActor } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, codeOf, expectError, fieldCodes } from '#test/harness/values';

const clock = new SettableClock(new Date('2026-03-02T12:00:00Z'));
const shippingAddress = { line1: 'Lindenstrasse 12', city: 'Berlin', postalCode: '10969', country: 'DE' };

let db: TestDatabase;
let shop: Shop;
let publishableKey: SignedInActor;
beforeAll(async () => {
  db = await testDatabase({ clock });
});
beforeEach(async () => {
  shop = await openShop(db, {
    articles: [
      { sku: 'A', price: '25.00', stock: '1000' },
      { sku: 'B', price: '10.00', stock: '1000' },
    ],
  });
  publishableKey = visitorActor(shop);
});
afterAll(() => db.close());

const visitor = () => db.contextFor(publishableKey);
const fiveOff = { type: 'amount', amount: amount(5) } as const;

/** A campaign with the code WELCOME10, and its id. */
async function code(
  terms: Partial<GenerateDiscountCodesInput> = {},
  more: Partial<CreateCampaignInput> = {},
): Promise<string> {
  const campaign = { name: 'Welcome', action: fiveOff, requiresCode: true, ...more };
  const { id } = await createCampaign(shop.ctx, campaign);
  await activateCampaign(shop.ctx, id);
  if (campaign.requiresCode)
    await generateDiscountCodes(shop.ctx, { campaignId: id, code: 'WELCOME10', ...terms });
  return id;
}
async function filled(quantity = 3): Promise<CartView> {
  return cartView(
    visitor(),
    await addToCart(visitor(), { sku: 'A', quantity: amount(quantity) }),
    shippingQuotes,
  );
}
const apply = async ({ id }: CartView, text = ' welcome-10 ') =>
  cartView(visitor(), await applyCartCode(visitor(), id, { code: text }), shippingQuotes);
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
const shown = ({ subtotal, discountTotal, shippingTotal, total }: CartView) =>
  [subtotal, discountTotal, shippingTotal, total].map((value) => value.toFixed(2));
const usesOf = async (id: string) => {
  const { uses, spent } = await requireCampaign(shop.ctx, id);
  return [uses, spent.toFixed(2)];
};
const freeFrom75 = () =>
  updateStorefrontSettings(shop.ctx, { shippingPrice: amount('15.00'), freeShippingFrom: amount('75.00') });

it('costs less with a code, keeps the free shipping of its goods (M12), and explains each step', async () => {
  await freeFrom75();
  await code();
  const cart = await filled();
  expect(shown(cart)).toEqual(['75.00', '0.00', '0.00', '75.00']);
  const reduced = await apply(cart);
  expect(shown(reduced)).toEqual(['75.00', '5.00', '0.00', '70.00']);
  expect(reduced.codes).toMatchObject([{ code: 'WELCOME10', amount: amount(5) }]);
  expect(reduced.steps).toMatchObject([
    {
      label: 'Welcome',
      code: 'WELCOME10',
      base: '75.00',
      amount: '5.00',
      items: [{ line: 1, amount: '5.00' }],
    },
  ]);
  expect((await apply(cart, 'WELCOME 10')).codes).toHaveLength(1);
  const without = await cartView(
    visitor(),
    await removeCartCode(visitor(), cart.id, 'welcome10'),
    shippingQuotes,
  );
  expect([without.codes, shown(without)]).toEqual([[], ['75.00', '0.00', '0.00', '75.00']]);
  await expectError('NOT_FOUND', removeCartCode(visitor(), cart.id, 'welcome10'));
});

it('gets campaigns without codes, and the shipping that they pay', async () => {
  await updateStorefrontSettings(shop.ctx, { shippingPrice: amount('4.90') });
  await code(
    {},
    { requiresCode: false, channels: ['web'], action: { type: 'percent', percent: amount(10) } },
  );
  await code({}, { requiresCode: false, name: 'Free shipping', action: { type: 'free_shipping' } });
  const cart = await filled(2);
  expect(shown(cart)).toEqual(['50.00', '5.00', '0.00', '45.00']);
  const { order } = await checkout(cart, { expectedTotal: amount('45.00') });
  expect([order.discountTotal.toFixed(2), order.shippingTotal.toFixed(2), order.total.toFixed(2)]).toEqual([
    '5.00',
    '0.00',
    '45.00',
  ]);
});

it('rejects unknown codes, and lists those that do nothing any more as problems that prevent the checkout', async () => {
  const campaignId = await code({ minimum: amount('50.00') });
  const cart = await filled(1);
  const unknown = await expectError('DISCOUNT_INVALID', apply(cart, 'NOSUCHCODE'));
  expect([unknown.status, fieldCodes(unknown)]).toEqual([422, [['code', 'DISCOUNT_INVALID']]]);
  expect(await codeOf(apply(cart, '?'))).toBe('VALIDATION_FAILED');
  const small = await apply(cart);
  expect(small.problems).toMatchObject([{ code: 'code_expired', discountCode: 'WELCOME-10' }]);
  await expectError('DISCOUNT_INVALID', checkout(cart));
  await updateCartItem(visitor(), cart.id, cart.items[0]!.id, { quantity: amount(2) });
  expect((await findCart(visitor(), cart.id, shippingQuotes)).problems).toEqual([]);
  await pauseCampaign(shop.ctx, campaignId);
  expect((await findCart(visitor(), cart.id, shippingQuotes)).problems).toMatchObject([
    { code: 'code_expired' },
  ]);
});

it('W2: takes the use of its code once, of twenty checkouts at once, and freezes the discount', async () => {
  const campaignId = await code();
  const cart = await apply(await filled());
  const orders = await Promise.all(Array.from({ length: 20 }, () => checkout(cart)));
  expect(new Set(orders.map(({ order }) => order.id)).size).toBe(1);
  expect(await usesOf(campaignId)).toEqual([1, '5.00']);
  const { order } = orders[0]!;
  expect(order.discounts).toMatchObject([
    { source: 'code', label: 'Welcome (WELCOME10)', amount: amount(5) },
  ]);
  await cancelOrder(shop.ctx, order.id, {});
  expect(await usesOf(campaignId)).toEqual([0, '0.00']);
}, 60_000);

it('gives the last use to one of twenty customers, and charges no one else (M11)', async () => {
  const campaignId = await code({ usesLimit: 1 });
  const carts = await Promise.all(Array.from({ length: 20 }, async () => apply(await filled(1))));
  const results = await Promise.allSettled(carts.map((cart) => checkout(cart)));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(await usesOf(campaignId)).toEqual([1, '5.00']);
  const charged = await shop.ctx.prisma.sandboxPayment.count();
  expect(charged).toBe(1);
}, 60_000);

it('gives the use back when the payment is declined or the order cancelled, so that the next one may use it', async () => {
  const campaignId = await code({ usesLimit: 1 });
  const [mine, other] = [await apply(await filled(1)), await apply(await filled(1))];
  await expectError('PAYMENT_DECLINED', checkout(mine, { providerToken: 'tok_declined' }));
  expect(await usesOf(campaignId)).toEqual([0, '0.00']);
  const { order } = await checkout(other, { paymentMethod: 'bank_transfer', providerToken: null });
  expect(await usesOf(campaignId)).toEqual([1, '5.00']);
  await expectError('DISCOUNT_INVALID', checkout(mine));
  await cancelOrder(shop.ctx, order.id, {});
  expect((await checkout(mine)).order.total.toFixed(2)).toBe('20.00');
});

it('counts the uses of guests by their mail address', async () => {
  await code({ usesPerCustomer: 1 });
  const email = 'ann@example.com';
  await checkout(await apply(await filled(1)), { email });
  await expectError('DISCOUNT_INVALID', checkout(await apply(await filled(1)), { email: 'ANN@example.com' }));
  expect(
    (await checkout(await apply(await filled(1)), { email: 'bob@example.com' })).order.total.toFixed(2),
  ).toBe('20.00');
});
