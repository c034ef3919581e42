/** Ledgers of vendors, over the real till and the real orders: frozen at the sale, reversed by share. */
import { sql } from '#kernel/db/database';
import { sum } from '#kernel/decimal';
import { updateProduct } from '#subgraphs/catalog/products/products';
import { deliverOrder } from '#subgraphs/orders/fulfilment/deliver-order';
import { shipOrder } from '#subgraphs/orders/fulfilment/ship-order';
import { confirmOrder } from '#subgraphs/orders/fulfilment/confirm-order';
import { createOrder } from '#subgraphs/orders/placing/create-order';
import { partiallyRefundOrder, refundOrder } from '#subgraphs/orders/refunds/refunds';
import { checkout } from '#subgraphs/pos/sale/checkout';
import { createCommissionRule, deleteCommissionRule } from '#subgraphs/vendors/commission/commission-rules';
import {
  listCommissions,
  listVendorEntries,
  listVendorOrders,
} from '#subgraphs/vendors/ledger/vendor-ledger.queries';
import { createVendor } from '#subgraphs/vendors/vendors/vendors';
import { requireVendor } from '#subgraphs/vendors/vendors/vendors.queries';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { statementsOf } from '#test/harness/statements';
import { amount } from '#test/harness/values';

let db: TestDatabase;
let till: Till;
let vendorId: string;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  till = await openTill(db, {
    pricesIncludeTax: true,
    articles: [
      { sku: 'MUG', price: '100.00', service: true },
      { sku: 'BOWL', price: '60.00', service: true },
      { sku: 'TEA', price: '3.50', service: true },
    ],
  });
  ({ id: vendorId } = await createVendor(till.ctx, { name: 'Pottery', commissionTaxRate: amount(19) }));
  for (const sku of ['MUG', 'BOWL']) await updateProduct(till.ctx, till.items[sku]!.productId, { vendorId });
});

const percent = (value: string, more: object = {}) =>
  createCommissionRule(till.ctx, { name: `${value} %`, kind: 'percent', value: amount(value), ...more });
const sell = (...skus: string[]) =>
  checkout(till.ctx, {
    items: skus.map((sku) => ({ sku })),
    registerId: till.registerId,
    paymentMethod: 'cash',
  });
const balance = async () => (await requireVendor(till.ctx.db, vendorId)).balance.toFixed(2);
const entries = async () => [...(await listVendorEntries(till.ctx, vendorId, { size: 100 })).items].reverse();
const shown = async () => (await entries()).map(({ kind, amount: value }) => `${kind} ${value.toFixed(2)}`);

/** The head is the sum of the entries, and they are numbered without gaps. */
async function expectBalanced(): Promise<void> {
  const all = await entries();
  expect(all.map(({ number }) => number)).toEqual(all.map((_, index) => index + 1));
  expect(sum(all.map((entry) => entry.amount)).toFixed(2)).toBe(await balance());
  expect(all.at(-1)?.balance.toFixed(2) ?? '0.00').toBe(await balance());
}

it('V3: a sale of 100.00 leaves 87.50, its refund nothing, and a refund after a later sale is subtracted once', async () => {
  await percent('12.5');
  const { order } = await sell('MUG');
  expect([await balance(), await shown()]).toEqual([
    '87.50',
    ['sale 100.00', 'commission -10.50', 'commission_tax -2.00'],
  ]);
  await refundOrder(till.ctx, order.id, { reason: 'Cracked' });
  expect((await shown()).slice(3)).toEqual(['refund -100.00', 'commission 10.50', 'commission_tax 2.00']);
  expect(await balance()).toBe('0.00');
  await sell('BOWL');
  // 60.00 is 50.42 without tax: 6.30 commission, 1.20 tax on it.
  expect([await balance(), (await shown()).slice(6)]).toEqual([
    '52.50',
    ['sale 60.00', 'commission -6.30', 'commission_tax -1.20'],
  ]);
  await expectBalanced();
});

it('V2: units that return one by one leave no cent', async () => {
  await percent('10', { base: 'gross' });
  const { order } = await checkout(till.ctx, {
    items: [{ sku: 'MUG', quantity: amount(3), unitPrice: amount('33.33') }],
    registerId: till.registerId,
    paymentMethod: 'cash',
  });
  for (let unit = 0; unit < 3; unit += 1)
    await partiallyRefundOrder(till.ctx, order.id, {
      items: [{ sku: 'MUG', quantity: amount(1) }],
      reason: 'Cracked',
    });
  expect(await balance()).toBe('0.00');
  const { items, totals } = await listCommissions(till.ctx, { id: vendorId, currency: 'EUR' }, {});
  expect(items[0]!.commissionReversed.toFixed(2)).toBe('10.00');
  expect(
    [totals.sales, totals.refunds, totals.commission, totals.earnings].map((one) => one.toFixed(2)),
  ).toEqual(['99.99', '99.99', '0.00', '0.00']);
  await expectBalanced();
});

it('keeps the commission of the sale, whatever happens to its rule', async () => {
  const rule = await percent('50', { productIds: [till.items.MUG!.productId] });
  await percent('10', { base: 'gross' });
  const { order } = await sell('MUG', 'BOWL', 'TEA');
  const before = await balance();
  await deleteCommissionRule(till.ctx, rule.id);
  await refundOrder(till.ctx, order.id, { reason: 'Cracked' });
  // 100.00: 84.03 × 50 % = 42.02 (42.015), tax 7.98; 60.00: 6.00, tax 1.14.
  expect([before, await balance()]).toEqual(['102.86', '0.00']);
  const [own] = (await listVendorOrders(till.ctx, vendorId, {})).items;
  expect([own!.itemsTotal, own!.refundedTotal, own!.earnings].map((one) => one.toFixed(2))).toEqual([
    '160.00',
    '160.00',
    '0.00',
  ]);
  await expectBalanced();
});

it('starts the hold when an order is delivered, and posts nothing while an order waits', async () => {
  await percent('10', { base: 'gross' });
  const { order } = await createOrder(till.ctx, {
    channel: 'phone',
    status: 'pending',
    items: [{ sku: 'MUG' }],
    customerId: till.customerId,
    shipping: { amount: amount('5.00') },
  });
  expect(await shown()).toEqual([]);
  await confirmOrder(till.ctx, order.id, {});
  const held = async () => (await listVendorOrders(till.ctx, vendorId, {})).items[0]!;
  expect([await balance(), (await held()).availableAt]).toEqual(['88.10', null]);
  expect((await held()).shippingTotal.toFixed(2)).toBe('5.00');
  await shipOrder(till.ctx, order.id, {});
  expect((await held()).availableAt).toBeNull();
  await deliverOrder(till.ctx, order.id, {});
  const { availableAt, soldAt } = await held();
  const days = (availableAt!.getTime() - soldAt.getTime()) / 86_400_000;
  expect(Math.round(days)).toBe(14);
  await expectBalanced();
});

it('V5: sales of many tills at once are numbered without gaps, and the balance is their sum', async () => {
  await percent('12.5');
  await Promise.all(Array.from({ length: 6 }, () => sell('MUG', 'BOWL')));
  expect((await entries()).length).toBe(6 * 6);
  await expectBalanced();
});

it('goods without a vendor cost no statement more, whatever vendors and rules there are', async () => {
  const bare = await openTill(db, { articles: [{ sku: 'TEA', price: '3.50', service: true }] });
  await percent('12.5');
  const textsOf = async (work: () => Promise<unknown>) => (await statementsOf(work)).map(({ text }) => text);
  const tea = { items: [{ sku: 'TEA' }], paymentMethod: 'cash' } as const;
  const checkoutAt = ({ ctx, registerId }: Till) => checkout(ctx, { ...tea, registerId });
  // The first sale of each till reads what is cached for the next ones.
  for (const shop of [bare, till]) await checkoutAt(shop);
  const without = await textsOf(() => checkoutAt(bare));
  const among = await textsOf(() => checkoutAt(till));
  expect(among.length).toBe(without.length);
  const ofVendors = /vendor_orders|vendor_entries|vendor_months|commission_rules|from vendors/;
  expect(among.filter((text) => ofVendors.test(text))).toEqual([]);
  const sold = await textsOf(() => sell('MUG'));
  expect(sold.filter((text) => ofVendors.test(text)).length).toBeGreaterThan(2);
});

it('other organizations see nothing of it, and entries are never changed', async () => {
  await sell('MUG');
  const stranger = await openTill(db);
  expect((await listVendorEntries(stranger.ctx, vendorId, {})).items).toEqual([]);
  await expect(db.services.database.system.run(sql`update vendor_entries set amount = 1`)).rejects.toThrow();
});
