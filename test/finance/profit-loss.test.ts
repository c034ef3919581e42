/** Profit and loss over the real till, stock and ledgers. */
import { SettableClock } from '#kernel/clock';
import { sql } from '#kernel/db/database';
import { sum, type Decimal } from '#kernel/decimal';
import { cashFlow } from '#subgraphs/analytics/finance/cash-flow/cash-flow';
import { profitAndLoss } from '#subgraphs/analytics/finance/profit-loss/profit-and-loss';
import { createBranch } from '#subgraphs/auth/branches';
import { updateProduct } from '#subgraphs/catalog/products/products';
import { recordCreditPayment } from '#subgraphs/customers/credit';
import { adjustStock, recordStockMovement } from '#subgraphs/inventory/stock/adjustments';
import { inventoryValuation } from '#subgraphs/inventory/stock/valuation.queries';
import { partiallyRefundOrder, refundOrder } from '#subgraphs/orders/refunds/refunds';
import { orderStats } from '#subgraphs/orders/statistics/order-stats';
import { importSettlement } from '#subgraphs/payments/settlements/settlement-imports';
import { withCode } from '#subgraphs/payments/gift-cards/gift-card-ledger';
import { checkout } from '#subgraphs/pos/sale/checkout';
import { createCommissionRule } from '#subgraphs/vendors/commission/commission-rules';
import { createVendor } from '#subgraphs/vendors/vendors/vendors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Article, type Till } from '#test/harness/shop';
import { amount, expectError } from '#test/harness/values';

const JANUARY = new Date('2026-01-10T10:00:00Z');
const FEBRUARY = new Date('2026-02-10T10:00:00Z');
let db: TestDatabase;
let clock: SettableClock;
beforeAll(async () => {
  clock = new SettableClock(JANUARY);
  db = await testDatabase({ clock });
});
beforeEach(() => clock.set(JANUARY));
afterAll(() => db.close());

const shop = (articles: readonly Article[], more = {}) => openTill(db, { articles, ...more });
const text = (value: Decimal) => value.toFixed(2);

function sell(till: Till, sku: string, quantity: number | string, more: object = {}) {
  return checkout(till.ctx, {
    items: [{ sku, quantity: amount(quantity) }],
    registerId: till.registerId,
    paymentMethod: 'cash',
    ...more,
  });
}

/** The report of a month of 2026. */
const month = (till: Till, name: '01' | '02', more: object = {}) =>
  profitAndLoss(till.ctx, {
    from: `2026-${name}-01`,
    to: name === '01' ? '2026-01-31' : '2026-02-28',
    compareTo: 'none',
    ...more,
  });

it('F2: a return costs what its sale cost, whatever the average is by then', async () => {
  const till = await shop([{ sku: 'CUP', price: '10.00', tax: '0', stock: '10', cost: '2.00' }]);
  const { order } = await sell(till, 'CUP', 4);
  expect(text((await month(till, '01')).cogs)).toBe('8.00');
  await recordStockMovement(till.ctx, {
    ...{ sku: 'CUP', kind: 'receipt', quantity: amount(6), unitCost: amount('3.00') },
  });
  await partiallyRefundOrder(till.ctx, order.id, {
    items: [{ itemId: order.lines[0]!.id, quantity: amount(1) }],
    registerId: till.registerId,
  });
  expect(text((await month(till, '01')).cogs)).toBe('6.00');
  const { totalQuantity, totalValue, items } = await inventoryValuation(till.ctx, {});
  expect([
    (await totalQuantity()).toFixed(),
    text(await totalValue()),
    items[0]!.unitCost.toFixed(6),
  ]).toEqual(['13', '32.00', '2.461538']);
});

it('F4: goods on account and of vendors, and gift cards, count as what they are: 110.00, then 50.00', async () => {
  const till = await shop([
    { sku: 'CHAIR', price: '100.00', tax: '0', service: true },
    { sku: 'CARD', price: '50.00', tax: '0', service: true },
    { sku: 'VASE', price: '80.00', tax: '0', stock: '5', cost: '30.00' },
    { sku: 'LAMP', price: '50.00', tax: '0', service: true },
  ]);
  const { ctx } = till;
  await updateProduct(ctx, till.items.CARD!.productId, { giftCardPurpose: 'multi_purpose' });
  const { id: vendorId } = await createVendor(ctx, { name: 'Pottery' });
  await updateProduct(ctx, till.items.VASE!.productId, { vendorId });
  await createCommissionRule(ctx, { name: 'An eighth', kind: 'percent', value: amount('12.5') });
  await sell(till, 'CHAIR', 1, { paymentMethod: 'credit', customerId: till.customerId });
  const sold = await sell(till, 'CARD', 1);
  await sell(till, 'VASE', 1);
  const january = await month(till, '01');
  expect({
    netSales: text(january.netSales),
    commissionIncome: text(january.commissionIncome),
    // The vase was the vendor's: its cost is not the shop's.
    cogs: text(january.cogs),
    operatingProfit: text(january.operatingProfit),
  }).toEqual({ netSales: '100.00', commissionIncome: '10.00', cogs: '0.00', operatingProfit: '110.00' });
  const flow = await cashFlow(ctx, { from: '2026-01-01', to: '2026-01-31' });
  expect(flow.inflows.map(({ kind, method, amount: of }) => [kind, method, text(of)])).toEqual([
    ['sale', 'cash', '130.00'],
  ]);

  clock.set(FEBRUARY);
  await recordCreditPayment(ctx, till.customerId, { amount: amount(100), method: 'cash' });
  const { code } = withCode(ctx, sold.giftCards![0]!);
  await sell(till, 'LAMP', 1, {
    paymentMethod: null,
    payments: [{ method: 'gift_card', giftCardCode: code! }],
  });
  const february = await month(till, '02');
  expect([text(february.netSales), text(february.commissionIncome)]).toEqual(['50.00', '0.00']);
  const { opening, inflows, closing } = await cashFlow(ctx, { from: '2026-02-01', to: '2026-02-28' });
  expect([text(opening), text(closing)]).toEqual(['130.00', '230.00']);
  expect(inflows.map(({ kind, method, amount: of }) => [kind, method, text(of)])).toEqual([
    ['account_payment', 'cash', '100.00'],
  ]);
});

it('F6: net sales equal the statistics without tax, and the lines', async () => {
  const till = await shop(
    [
      { sku: 'TEA', price: '3.57', stock: '100', cost: '1.20' },
      { sku: 'BREAD', price: '2.99', tax: '7', stock: '100', cost: '0.80' },
    ],
    { pricesIncludeTax: true },
  );
  const { order } = await checkout(till.ctx, {
    items: [
      { sku: 'TEA', quantity: amount(3) },
      { sku: 'BREAD', quantity: amount(2) },
    ],
    registerId: till.registerId,
    paymentMethod: 'card',
    discount: { percent: amount('12.5') },
  });
  await sell(till, 'TEA', 2);
  await partiallyRefundOrder(till.ctx, order.id, {
    items: [{ itemId: order.lines[0]!.id, quantity: amount(1) }],
    registerId: till.registerId,
  });
  const report = await month(till, '01');
  const lines = await till.ctx.db.one<{ net: Decimal; discounts: Decimal }>(sql`
    select sum(l.net) as net, sum(round(l.subtotal / (1 + l.tax_rate / 100), 2) - l.net) filter (where o.kind = 'sale') as discounts
    from order_lines l join orders o on o.id = l.order_id`);
  expect(text(report.netSales)).toBe(text(lines.net));
  expect(text(report.discounts)).toBe(text(lines.discounts));
  const [stats] = await orderStats(till.ctx, 'month', { from: '2026-01-01', to: '2026-01-31' });
  expect(text(report.netSales)).toBe(text(stats!.figures.net.minus(stats!.figures.tax)));
  // 5 × 1.20 and 2 × 0.80, less the returned tea.
  expect(text(report.cogs)).toBe('6.40');
  expect([report.linesWithoutCost, text(report.salesWithoutCost)]).toEqual([0, '0.00']);
  const amounts = new Map(report.lines.map(({ account, amount: of }) => [account, of]));
  const total = (...accounts: string[]) => text(sum(accounts.map((account) => amounts.get(account)!)));
  expect(total('revenue', 'discounts', 'refunds')).toBe(total('net_sales'));
  expect(total('net_sales', 'cogs')).toBe(total('gross_profit'));
  expect(
    total(
      'gross_profit',
      'commission_income',
      'shipping_income',
      'cash_rounding',
      'payment_fees',
      'shrinkage',
    ),
  ).toBe(total('operating_profit'));
});

it('subtracts fees of settlements and goods that were lost, and tells sales without a cost', async () => {
  const till = await shop([
    { sku: 'CUP', price: '10.00', tax: '0', stock: '10', cost: '2.00' },
    { sku: 'HELP', price: '30.00', tax: '0', service: true },
  ]);
  await sell(till, 'CUP', 1);
  await sell(till, 'HELP', 2);
  await adjustStock(till.ctx, { sku: 'CUP', quantity: amount(-3), reason: 'damage' });
  await adjustStock(till.ctx, { sku: 'CUP', quantity: amount(1), reason: 'found' });
  const row = { payoutReference: 'po_1', currency: 'EUR', occurredAt: JANUARY.toISOString() };
  const job = await importSettlement(till.ctx, {
    provider: 'sandbox',
    items: [
      { ...row, transactionReference: 't1', kind: 'charge', gross: '100.00', fee: '1.40' },
      { ...row, transactionReference: 't2', kind: 'fee', gross: '-2.00' },
      { ...row, transactionReference: 't3', kind: 'payout', gross: '-96.60' },
    ],
  });
  expect(job.failed).toBe(0);
  const report = await month(till, '01', { compareTo: 'previous_period' });
  expect({
    netSales: text(report.netSales),
    cogs: text(report.cogs),
    paymentFees: text(report.paymentFees),
    shrinkage: text(report.shrinkage),
    operatingProfit: text(report.operatingProfit),
    withoutCost: [report.linesWithoutCost, text(report.salesWithoutCost)],
  }).toEqual({
    ...{ netSales: '70.00', cogs: '2.00', paymentFees: '3.40', shrinkage: '4.00', operatingProfit: '60.60' },
    withoutCost: [1, '60.00'],
  });
  expect([report.comparedFrom, report.comparedTo]).toEqual(['2025-12-01', '2025-12-31']);
  expect(report.lines.every(({ previous }) => previous!.isZero())).toBe(true);
  const { outflows } = await cashFlow(till.ctx, { from: '2026-01-01', to: '2026-01-31' });
  expect(outflows.map(({ kind, amount: of }) => [kind, text(of)])).toEqual([['payment_fee', '3.40']]);
});

it('counts a refund in its own month, and a branch alone', async () => {
  const till = await shop([{ sku: 'CUP', price: '10.00', tax: '0', stock: '10', cost: '2.00' }]);
  const { order } = await sell(till, 'CUP', 2);
  clock.set(FEBRUARY);
  await refundOrder(till.ctx, order.id, { registerId: till.registerId });
  const [january, february] = [await month(till, '01'), await month(till, '02')];
  expect([january, february].map(({ netSales, cogs }) => [text(netSales), text(cogs)])).toEqual([
    ['20.00', '4.00'],
    ['-20.00', '-4.00'],
  ]);
  const { id: branchId } = await createBranch(till.ctx, { name: 'Harbour' });
  expect(text((await month(till, '01', { branchId })).netSales)).toBe('0.00');
  expect(text((await month(till, '01', { branchId: till.branchId })).cogs)).toBe('4.00');
});

it('rejects an unknown branch, days in the wrong order and a range that is too long', async () => {
  const till = await shop([]);
  const stranger = await shop([]);
  await expectError('NOT_FOUND', month(till, '01', { branchId: stranger.branchId }));
  await expectError(
    'VALIDATION_FAILED',
    profitAndLoss(till.ctx, { from: '2026-02-01', to: '2026-01-01', compareTo: 'none' }),
  );
  await expectError(
    'VALIDATION_FAILED',
    profitAndLoss(till.ctx, { from: '2022-01-01', to: '2026-01-01', compareTo: 'none' }),
  );
});
