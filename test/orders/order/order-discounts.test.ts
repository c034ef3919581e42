import { partiallyRefundOrder } from '#subgraphs/orders/index';
import { orderById } from '#subgraphs/orders/order/orders.queries';
import { checkout } from '#subgraphs/pos/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { amount } from '#test/harness/values';
import type { OrderDiscountRow } from '#subgraphs/orders/model';

let db: TestDatabase;
let till: Till;
beforeAll(async () => {
  db = await testDatabase();
  till = await openTill(db, {
    articles: [
      { sku: 'LAMP', price: '60.00', stock: '9' },
      { sku: 'MUG', price: '40.00', stock: '9' },
      { sku: 'CUP', price: '3.3333', stock: '9' },
      { sku: 'SOFA', price: '150.00', stock: '9' },
    ],
  });
});
afterAll(() => db.close());

const shares = (rows: readonly OrderDiscountRow[]) =>
  rows.map(({ discountNo, lineNo, source, amount: share }) => [discountNo, source, lineNo, share.toFixed(2)]);
const refund = async (id: string, sku: string, quantity = 1) => {
  const items = [{ sku, quantity: amount(quantity) }];
  return (await partiallyRefundOrder(till.ctx, id, { items })).order;
};

it('freezes who took what off which line, and takes it back with the goods', async () => {
  const items = [
    { sku: 'LAMP', quantity: amount(1) },
    { sku: 'MUG', quantity: amount(1), discount: { amount: amount(4) } },
  ];
  const { order } = await checkout(till.ctx, { items, discount: { percent: amount(10) }, paymentMethod: 'card' });
  const stored = [
    [1, 'line', 2, '4.00'],
    [2, 'order', 1, '6.00'],
    [2, 'order', 2, '3.60'],
  ];
  expect(shares(order.discounts)).toEqual(stored);
  expect(shares((await orderById(till.ctx.db, order.id)).discounts)).toEqual(stored);
  expect((await refund(order.id, 'LAMP')).total.toFixed(2)).toBe('-54.00');
  const second = await refund(order.id, 'MUG');
  expect(second.total.toFixed(2)).toBe('-32.40');
  expect(shares(second.discounts)).toEqual([
    [1, 'line', 1, '-4.00'],
    [2, 'order', 1, '-3.60'],
  ]);
}); // prettier-ignore

it.each([
  ['10.00', ['LAMP', 'MUG'], '-54.00', '36.00'],
  ['42.00', ['SOFA', 'LAMP'], '-120.00', '48.00'],
] as const)('O4: of a sale with %s off %j, the first refunds %s, and the kept line still costs %s', async (off, skus, refunded, kept) => {
  const items = skus.map((sku) => ({ sku, quantity: amount(1) }));
  const { order } = await checkout(till.ctx, { items, discount: { amount: amount(off) }, paymentMethod: 'card' });
  expect((await refund(order.id, skus[0])).total.toFixed(2)).toBe(refunded);
  expect((await orderById(till.ctx.db, order.id)).lines[1]!.total.toFixed(2)).toBe(kept);
  expect((await refund(order.id, skus[1])).total.toFixed(2)).toBe(`-${kept}`);
}); // prettier-ignore

it('takes a cumulative share of each discount back with each unit', async () => {
  const items = [{ sku: 'CUP', quantity: amount(3), discount: { amount: amount('1.00') } }];
  const { order } = await checkout(till.ctx, { items, discount: { amount: amount('0.50') }, paymentMethod: 'card' });
  const returns = [await refund(order.id, 'CUP'), await refund(order.id, 'CUP'), await refund(order.id, 'CUP')];
  expect(returns.map(({ total, discountTotal }) => [total.toFixed(2), discountTotal.toFixed(2)])).toEqual([
    ['-2.83', '-0.50'],
    ['-2.84', '-0.50'],
    ['-2.83', '-0.50'],
  ]);
  expect(returns.map(({ discounts }) => discounts.map((share) => share.amount.toFixed(2)))).toEqual([
    ['-0.33', '-0.17'],
    ['-0.34', '-0.16'],
    ['-0.33', '-0.17'],
  ]);
}); // prettier-ignore

it('stores nothing for a sale without a discount', async () => {
  const { order } = await checkout(till.ctx, { items: [{ sku: 'MUG' }], paymentMethod: 'card' });
  expect([order.discounts, (await refund(order.id, 'MUG')).discounts]).toEqual([[], []]);
});
