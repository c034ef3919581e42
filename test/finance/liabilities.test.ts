/** Liabilities from their ledgers: opening + movements = closing, and the same bytes for ever. */
import { SettableClock } from '#kernel/clock';
import { sql } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import { liabilities } from '#subgraphs/analytics/finance/liabilities/liabilities';
import { updateProduct } from '#subgraphs/catalog/products/products';
import { recordCreditPayment } from '#subgraphs/customers/credit';
import { recordStockMovement } from '#subgraphs/inventory/stock/adjustments';
import { inventoryValuation } from '#subgraphs/inventory/stock/valuation.queries';
import { issueGiftCard } from '#subgraphs/payments/gift-cards/gift-cards';
import { grantStoreCreditByHand } from '#subgraphs/payments/store-credit/store-credits';
import { checkout } from '#subgraphs/pos/sale/checkout';
import { createCommissionRule } from '#subgraphs/vendors/commission/commission-rules';
import { createVendor } from '#subgraphs/vendors/vendors/vendors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { amount, expectError } from '#test/harness/values';

// 23:30 in Berlin: the day of the organization ends half an hour later.
const JANUARY = new Date('2026-01-31T22:30:00Z');
const FEBRUARY = new Date('2026-01-31T23:30:00Z');
let db: TestDatabase;
let clock: SettableClock;
let till: Till;
beforeAll(async () => {
  clock = new SettableClock(JANUARY);
  db = await testDatabase({ clock });
});
beforeEach(async () => {
  clock.set(JANUARY);
  till = await openTill(db, {
    articles: [
      { sku: 'VASE', price: '80.00', tax: '0', service: true },
      { sku: 'CUP', price: '10.00', tax: '0', stock: '10', cost: '2.00' },
    ],
  });
});
afterAll(() => db.close());

const sell = (sku: string, more: object = {}) =>
  checkout(till.ctx, { items: [{ sku }], registerId: till.registerId, paymentMethod: 'cash', ...more });

/** Entries of each ledger. @returns the code of the gift card. */
async function trade(): Promise<string> {
  const card = await issueGiftCard(till.ctx, { amount: amount(50) });
  await grantStoreCreditByHand(till.ctx, till.customerId, { amount: amount(15), reason: 'Goodwill' });
  const { id: vendorId } = await createVendor(till.ctx, { name: 'Pottery' });
  await updateProduct(till.ctx, till.items.VASE!.productId, { vendorId });
  await createCommissionRule(till.ctx, { name: 'An eighth', kind: 'percent', value: amount('12.5') });
  await sell('VASE');
  await sell('CUP', { paymentMethod: 'credit', customerId: till.customerId });
  return card.code!;
}

const text = (value: Decimal) => value.toFixed(2);
const report = (asOf: string, from?: string) => liabilities(till.ctx, { asOf, from });
const closings = async (asOf: string, from?: string) =>
  Object.fromEntries((await report(asOf, from)).rows.map(({ account, closing }) => [account, text(closing)]));

it('F6: opening + movements = closing for each ledger, and the closing is the sum of the balances', async () => {
  const code = await trade();
  clock.set(FEBRUARY);
  await sell('CUP', { paymentMethod: null, payments: [{ method: 'gift_card', giftCardCode: code }] });
  await recordCreditPayment(till.ctx, till.customerId, { amount: amount(4), method: 'cash' });
  const { rows, owedTotal, assetsTotal } = await report('2026-02-28');
  const shown = rows.map(({ account, side, opening, movements, closing }) => [
    ...[account, side, text(opening)],
    movements.map(({ kind, amount: of }) => `${kind} ${text(of)}`).join(', '),
    text(closing),
  ]);
  expect(shown).toEqual([
    ['gift_cards', 'liability', '50.00', 'redemption -10.00', '40.00'],
    ['store_credit', 'liability', '15.00', '', '15.00'],
    ['vendors', 'liability', '70.00', '', '70.00'],
    ['receivables', 'asset', '10.00', 'payment -4.00', '6.00'],
  ]);
  expect([text(owedTotal), text(assetsTotal)]).toEqual(['125.00', '6.00']);
  const heads = await till.ctx.db.one<Record<string, Decimal>>(sql`
    select (select sum(balance) from gift_cards) as gift_cards, (select sum(balance) from store_credits) as store_credit,
      (select sum(balance) from vendors) as vendors, (select sum(credit_balance) from customers) as receivables`);
  expect(
    Object.fromEntries(
      [
        ['gift_cards', heads.giftCards!],
        ['store_credit', heads.storeCredit!],
        ['vendors', heads.vendors!],
        ['receivables', heads.receivables!],
      ].map(([account, value]) => [account as string, text(value as Decimal)]),
    ),
  ).toEqual(await closings('2026-02-28'));
});

it('F5: the answers about a past day have the same bytes after more trade', async () => {
  const code = await trade();
  clock.set(FEBRUARY);
  const past = async () => {
    const { items, totalValue, totalQuantity, ...value } = await inventoryValuation(till.ctx, {
      asOf: '2026-01-31',
    });
    const totals = [await totalQuantity(), await totalValue(), await value.inTransit()];
    return JSON.stringify([await report('2026-01-31'), value.asOf, items, totals]);
  };
  const before = await past();
  await recordStockMovement(till.ctx, {
    ...{ sku: 'CUP', kind: 'receipt', quantity: amount(6), unitCost: amount('3.00') },
  });
  await sell('CUP');
  await sell('VASE');
  await sell('CUP', { paymentMethod: null, payments: [{ method: 'gift_card', giftCardCode: code }] });
  await recordCreditPayment(till.ctx, till.customerId, { amount: amount(4), method: 'cash' });
  expect(await past()).toBe(before);
  // Nine cups remained of ten at 2.00.
  expect((JSON.parse(before) as unknown[])[3]).toEqual(['9', '18', { quantity: '0', value: '0' }]);
  expect(await closings('2026-01-31')).not.toEqual(await closings('2026-02-01'));
});

it('shows all ledgers without entries, and rejects days in the wrong order', async () => {
  const empty = await report('2026-01-30');
  expect(empty.from).toBe('2026-01-01');
  expect(empty.rows.map(({ closing }) => text(closing))).toEqual(['0.00', '0.00', '0.00', '0.00']);
  expect(empty.points).toMatchObject({ movements: [] });
  await expectError('VALIDATION_FAILED', report('2026-01-30', '2026-01-31'));
});
