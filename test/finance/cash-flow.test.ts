/** The cash flow over the real till: money by kind and method, reconciled with the registers. */
import { SettableClock } from '#kernel/clock';
import type { Decimal } from '#kernel/decimal';
import { cashFlow } from '#subgraphs/analytics/finance/cash-flow/cash-flow';
import { refundOrder } from '#subgraphs/orders/refunds/refunds';
import { checkout } from '#subgraphs/pos/sale/checkout';
import { moveCash } from '#subgraphs/registers/cash/cash-movements';
import { closeRegister } from '#subgraphs/registers/index';
import { updateProduct } from '#subgraphs/catalog/products/products';
import { payoutVendor } from '#subgraphs/vendors/payouts/pay-vendors';
import { updateVendorPayoutStatus } from '#subgraphs/vendors/payouts/payout-status';
import { createVendor, moveVendor } from '#subgraphs/vendors/vendors/vendors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { asOwner } from '#test/harness/server';
import { openTill, type Till } from '#test/harness/shop';
import { amount } from '#test/harness/values';

let db: TestDatabase;
let clock: SettableClock;
let till: Till;
beforeAll(async () => {
  clock = new SettableClock(new Date('2026-01-31T22:30:00Z'));
  db = await testDatabase({ clock });
});
afterAll(() => db.close());

const text = (value: Decimal) => value.toFixed(2);
const sell = (paymentMethod: 'cash' | 'card', more: object = {}) =>
  checkout(till.ctx, { items: [{ sku: 'TEA' }], registerId: till.registerId, paymentMethod, ...more });
const flow = async (from: string, to: string) => {
  const report = await cashFlow(till.ctx, { from, to });
  const items = (list: typeof report.inflows) =>
    list.map(({ kind, method, amount: of }) => [kind, method, text(of)]);
  return {
    opening: text(report.opening),
    inflows: items(report.inflows),
    outflows: items(report.outflows),
    closing: text(report.closing),
    reconciled: report.reconciledWithRegisters,
  };
};

it('shows all kinds of flows on the day of the branch, and carries the closing over', async () => {
  till = await openTill(db, { articles: [{ sku: 'TEA', price: '3.50', service: true }] });
  const { order } = await sell('cash');
  await sell('card', { tip: { method: 'card', amount: amount('1.00') } });
  // 23:30 in Berlin is still January; one hour later it is February.
  clock.advance(3_600_000);
  await refundOrder(till.ctx, order.id, { registerId: till.registerId });
  await moveCash(till.ctx, 'cash_in', { registerId: till.registerId, amount: amount(20), reason: 'Coins' });
  await moveCash(till.ctx, 'cash_out', {
    registerId: till.registerId,
    amount: amount(50),
    reason: 'To the bank',
  });
  await closeRegister(till.ctx, { registerId: till.registerId, countedCash: amount('69.00') });
  expect(await flow('2026-01-01', '2026-01-31')).toEqual({
    opening: '0.00',
    inflows: [
      ['sale', 'card', '3.50'],
      ['sale', 'cash', '3.50'],
      ['tip', 'card', '1.00'],
    ],
    outflows: [],
    closing: '8.00',
    reconciled: true,
  });
  expect(await flow('2026-02-01', '2026-02-01')).toEqual({
    opening: '8.00',
    inflows: [['cash_in', 'cash', '20.00']],
    outflows: [
      ['cash_out', 'cash', '50.00'],
      // 100.00 + 20.00 − 50.00 were expected.
      ['cash_short', 'cash', '1.00'],
      ['refund', 'cash', '3.50'],
    ],
    closing: '-26.50',
    reconciled: true,
  });
});

it('says that orders and registers disagree if a total was changed behind them', async () => {
  till = await openTill(db, { articles: [{ sku: 'TEA', price: '3.50', service: true }] });
  await sell('cash');
  const { from, to } = { from: '2026-01-01', to: '2026-12-31' };
  expect((await flow(from, to)).reconciled).toBe(true);
  await asOwner(
    db.url,
    `update order_day_payments set amount = amount + 1 where organization_id = '${till.organizationId}'`,
  );
  expect((await flow(from, to)).reconciled).toBe(false);
});

it('counts payouts to vendors, and those that came back, for the whole organization', async () => {
  till = await openTill(db, { articles: [{ sku: 'TEA', price: '3.50', service: true }] });
  const { id } = await createVendor(till.ctx, {
    ...{ name: 'Pottery', holdDays: 0 },
    bankAccount: { holder: 'Pottery', iban: 'DE89370400440532013000' },
  });
  await moveVendor(till.ctx, id, 'approve', {});
  await updateProduct(till.ctx, till.items.TEA!.productId, { vendorId: id });
  await sell('card');
  const payout = await payoutVendor(till.ctx, id, {});
  const days = ['2026-01-01', '2026-12-31'] as const;
  expect(await flow(...days)).toMatchObject({
    outflows: [['vendor_payout', 'bank_transfer', '3.50']],
    closing: '0.00',
  });
  await updateVendorPayoutStatus(till.ctx, payout.id, { status: 'returned' });
  expect(await flow(...days)).toMatchObject({
    inflows: [
      ['sale', 'card', '3.50'],
      ['vendor_payout_return', 'bank_transfer', '3.50'],
    ],
    closing: '3.50',
  });
  const { outflows } = await cashFlow(till.ctx, { from: days[0], to: days[1], branchId: till.branchId });
  expect(outflows).toEqual([]);
});
