/** S4: shipping that follows the goods in the rates of their taxes, from the order to the tax report and back in refunds. */
import { sql } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import { accountingJournal } from '#subgraphs/analytics/finance/journal/journal';
import { profitAndLoss } from '#subgraphs/analytics/finance/profit-loss/profit-and-loss';
import { taxReport } from '#subgraphs/analytics/finance/tax/tax-report';
import {
  addToCart,
  checkoutCart,
  createOrder,
  partiallyRefundOrder,
  refundOrder,
} from '#subgraphs/orders/index';
import type { CreateOrderInput, ShippingTaxRule } from '#subgraphs/orders/inputs.generated';
import { cartView } from '#subgraphs/orders/cart/cart-view';
import { editOrder } from '#subgraphs/orders/editing/edit-order';
import { shippingParts, type ShippingAmounts } from '#subgraphs/orders/pricing/shipping.rules';
import { updateStorefrontSettings } from '#subgraphs/orders/storefront/storefront-settings';
import { shippingQuotes } from '#subgraphs/shipping/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop, type Shop } from '#test/harness/shop';
import { amount } from '#test/harness/values';
import { checkDays } from '#test/pos/day-figures';

let db: TestDatabase;
let shop: Shop;
beforeAll(async () => {
  db = await testDatabase();
});
beforeEach(async () => {
  shop = await openShop(db, {
    pricesIncludeTax: true,
    branches: [{ name: 'Main' }],
    articles: [
      { sku: 'POT', price: '80.00', tax: '19', stock: '1000' },
      { sku: 'BOOK', price: '20.00', tax: '7', stock: '1000' },
    ],
  });
  await useRule('proportional');
});
afterAll(() => db.close());

const useRule = (shippingTaxRule: ShippingTaxRule) =>
  updateStorefrontSettings(shop.ctx, {
    ...{ shippingTaxRule, shippingPrice: amount('5.95'), shippingTaxRate: amount('5.5') },
  });
const ITEMS = [{ sku: 'POT' }, { sku: 'BOOK' }];
async function ordered(
  shipping: CreateOrderInput['shipping'] = { amount: amount('5.95') },
  status: CreateOrderInput['status'] = 'confirmed',
) {
  const { order } = await createOrder(shop.ctx, {
    ...{ channel: 'web', status, items: ITEMS, shipping },
    payments: [{ method: 'card', amount: amount('105.95') }],
  });
  return order;
}
const shown = (order: ShippingAmounts) =>
  shippingParts(order).map(
    ({ rate, total, tax }) => `${rate.toFixed()} ${total.toFixed(2)} ${tax.toFixed(2)}`,
  );
const text = (value: Decimal) => value.toFixed(2);
/** Net and tax by rate in the tax report, which the running totals of the day add up. */
async function reported(): Promise<string[]> {
  const { rows } = await taxReport(shop.ctx, {});
  return rows.map(({ rate, net, tax }) => `${rate.toFixed()} ${text(net)} ${text(tax)}`);
}

it('S4: an order has 5.95 as 4.76 at 19 % and 1.19 at 7 %, and so has the tax report', async () => {
  const order = await ordered();
  expect(shown(order)).toEqual(['19 4.76 0.76', '7 1.19 0.08']);
  // 80.00 have 12.77, and 20.00 have 1.31.
  expect([order.shippingTax, order.taxTotal, order.total].map(text)).toEqual(['0.84', '14.92', '105.95']);
  expect(await reported()).toEqual(['7 19.80 1.39', '19 71.23 13.53']);
});

it('the journal and profit and loss have the parts, and the journal no tax of gift cards', async () => {
  const { shippingTax, shippingTotal, businessDate } = await ordered();
  const days = { from: String(businessDate), to: String(businessDate) };
  const { items } = await accountingJournal(shop.ctx, { ...days, size: 1000 });
  const posted = items
    .filter(({ kind }) => kind.startsWith('shipping') || kind === 'gift_card_tax')
    .map(({ kind, taxRate, amount: value }) => `${kind} ${taxRate?.toFixed()} ${text(value)}`);
  expect(posted.sort()).toEqual([
    ...['shipping 19 4.00', 'shipping 7 1.11', 'shipping_tax 19 0.76', 'shipping_tax 7 0.08'],
  ]);
  const { shippingIncome } = await profitAndLoss(shop.ctx, days);
  expect(text(shippingIncome)).toBe(text(shippingTotal.minus(shippingTax)));
});

it('refunds in parts have the same taxes, and nothing remains in the tax report', async () => {
  const { id } = await ordered({ amount: amount('5.95') }, 'completed');
  const first = (await partiallyRefundOrder(shop.ctx, id, { shippingAmount: amount('3.00') })).order;
  expect(shown(first)).toEqual(['19 -2.40 -0.38', '7 -0.60 -0.04']);
  const second = (await partiallyRefundOrder(shop.ctx, id, { shippingAmount: amount('1.00') })).order;
  const last = (await refundOrder(shop.ctx, id, {})).order;
  const tax = [first, second, last].reduce((total, { shippingTax }) => total.plus(shippingTax), amount(0));
  expect([text(tax), shown(last).length]).toEqual(['-0.84', 2]);
  expect(await reported()).toEqual(['7 0.00 0.00', '19 0.00 0.00']);
  await checkDays(shop, 'UTC');
});

it('an edit that replaces all goods charges the shipping that is left at the same rates', async () => {
  const order = await ordered();
  await partiallyRefundOrder(shop.ctx, order.id, { shippingAmount: amount('3.00') });
  const remove = order.lines.map(({ id: itemId, quantity }) => ({ itemId, quantity }));
  const { supplement } = await editOrder(shop.ctx, order.id, { remove, add: ITEMS });
  expect(shown(supplement!)).toEqual(['19 2.36 0.38', '7 0.59 0.04']);
});

it.each([
  ['highest', ['19 5.95 0.95']],
  ['none', ['0 5.95 0.00']],
  // Without a rate of its own, the shipping of a program's order has that of most of the goods.
  ['fixed', ['19 5.95 0.95']],
] as const)('by the rule %s, the shipping of an order has one rate', async (rule, parts) => {
  await useRule(rule);
  expect(shown(await ordered())).toEqual(parts);
});

it('the rate that a program names counts, whatever the rule', async () => {
  expect(shown(await ordered({ amount: amount('5.95'), taxRate: amount(7) }))).toEqual(['7 5.95 0.39']);
});

it('a cart shows the taxes of the order that it becomes', async () => {
  const cartId = await addToCart(shop.ctx, { sku: 'POT' });
  await addToCart(shop.ctx, { sku: 'BOOK', cartId });
  const cart = await cartView(shop.ctx, cartId, shippingQuotes);
  expect(cart.tax.map(({ rate, tax }) => `${rate.toFixed()} ${text(tax)}`)).toEqual(['7 1.39', '19 13.53']);
  expect(text(cart.taxTotal)).toBe('14.92');
  const shippingAddress = { recipient: 'Ann', line1: 'Ring 1', city: 'Berlin', country: 'DE' };
  const checkout = {
    cartId,
    email: 'ann@example.com',
    shippingAddress,
    paymentMethod: 'bank_transfer' as const,
  };
  const { order } = await checkoutCart(shop.ctx, checkout, shippingQuotes);
  expect([shown(order), text(order.taxTotal)]).toEqual([['19 4.76 0.76', '7 1.19 0.08'], '14.92']);
  const [stored] = await shop.ctx.db.many<ShippingAmounts>(sql`
    select shipping_total, shipping_tax, shipping_tax_rate, shipping_taxes from orders where id = ${order.id}::uuid`);
  expect(shown(stored!)).toEqual(shown(order));
});
