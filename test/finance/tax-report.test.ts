/** The tax report: recorded taxes, equal to receipts and Z-reports. */
import fc from 'fast-check';
import { SettableClock } from '#kernel/clock';
import { sql } from '#kernel/db/database';
import { sum, type Decimal } from '#kernel/decimal';
import { taxReport, type TaxReport } from '#subgraphs/analytics/finance/tax/tax-report';
import { updateBranch } from '#subgraphs/auth/branches';
import { partiallyRefundOrder, refundOrder } from '#subgraphs/orders/refunds/refunds';
import { checkout } from '#subgraphs/pos/sale/checkout';
import { closeRegister } from '#subgraphs/registers/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type ShopOptions, type Till } from '#test/harness/shop';
import { amount } from '#test/harness/values';

const JANUARY = new Date('2026-01-31T10:00:00Z');
const FEBRUARY = new Date('2026-02-02T10:00:00Z');
let db: TestDatabase;
let clock: SettableClock;
beforeAll(async () => {
  clock = new SettableClock(JANUARY);
  db = await testDatabase({ clock });
});
beforeEach(() => clock.set(JANUARY));
afterAll(() => db.close());

const text = (value: Decimal) => value.toFixed(2);
const shopOf = (tax: string, price: string, more: ShopOptions = {}) =>
  openTill(db, { articles: [{ sku: 'CUP', price, tax, service: true }], pricesIncludeTax: true, ...more });
const sell = (till: Till, count: number) =>
  checkout(till.ctx, {
    items: Array.from({ length: count }, (_, index) => ({ sku: 'CUP', note: String(index) })),
    registerId: till.registerId,
    paymentMethod: 'card',
  });
const report = (till: Till, from = '2026-01-01', to = '2026-01-31') => taxReport(till.ctx, { from, to });
const shown = ({ rows }: TaxReport) =>
  rows.map(({ rate, net, tax, refundsNet, refundsTax }) => [
    rate.toFixed(),
    ...[net, tax, refundsNet, refundsTax].map(text),
  ]);

it('F1: adds up the tax of lines: 100 × 0.99 with 19 % have 16.00, not the 15.81 of their sum', async () => {
  const till = await shopOf('19', '0.99');
  await sell(till, 100);
  expect(shown(await report(till))).toEqual([['19', '83.00', '16.00', '0.00', '0.00']]);
});

it('F1: 3 × 0.99 without 8.875 % have 0.27 by line, not the 0.26 of the document', async () => {
  const till = await shopOf('8.875', '0.99', { pricesIncludeTax: false });
  await sell(till, 3);
  expect(shown(await report(till))).toEqual([['8.875', '2.97', '0.27', '0.00', '0.00']]);
});

it('F1: 1.48 × 4, 1.52, 1.54 and 0.39 at 21 % have 1.96 by line, not 1.97', async () => {
  const till = await openTill(db, {
    pricesIncludeTax: false,
    articles: ['1.48', '1.52', '1.54', '0.39'].map((price) => ({
      ...{ sku: `P${price}`, price, tax: '21', service: true },
    })),
  });
  const skus = ['P1.48', 'P1.48', 'P1.48', 'P1.48', 'P1.52', 'P1.54', 'P0.39'];
  await checkout(till.ctx, {
    items: skus.map((sku, index) => ({ sku, note: String(index) })),
    registerId: till.registerId,
    paymentMethod: 'card',
  });
  expect(shown(await report(till))).toEqual([['21', '9.37', '1.96', '0.00', '0.00']]);
});

it('F3: a refund counts in its own month: January keeps 19.00, February has −19.00', async () => {
  const till = await shopOf('19', '119.00');
  const { order } = await sell(till, 1);
  clock.set(FEBRUARY);
  await refundOrder(till.ctx, order.id, { registerId: till.registerId });
  expect(shown(await report(till))).toEqual([['19', '100.00', '19.00', '0.00', '0.00']]);
  expect(shown(await report(till, '2026-02-01', '2026-02-28'))).toEqual([
    ['19', '-100.00', '-19.00', '100.00', '19.00'],
  ]);
});

it('names the country of the branch as the jurisdiction', async () => {
  const till = await shopOf('19', '1.19');
  await sell(till, 1);
  expect((await report(till)).rows[0]!.jurisdiction).toBeNull();
  await updateBranch(till.ctx, till.branchId, { country: 'DE' });
  expect((await report(till)).rows[0]!.jurisdiction).toBe('DE');
});

it('F6: equals the Z-report and the lines of the receipts, whatever is sold and refunded', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          sku: fc.constantFrom('A', 'B', 'C'),
          quantity: fc.integer({ min: 1, max: 4 }),
          percent: fc.constantFrom(0, 7, 33),
          refunded: fc.boolean(),
        }),
        { minLength: 1, maxLength: 6 },
      ),
      fc.boolean(),
      async (sales, pricesIncludeTax) => {
        clock.set(JANUARY);
        const till = await openTill(db, {
          pricesIncludeTax,
          articles: [
            { sku: 'A', price: '0.99', tax: '19', service: true },
            { sku: 'B', price: '3.33', tax: '7', service: true },
            { sku: 'C', price: '1.01', tax: '0', service: true },
          ],
        });
        for (const { sku, quantity, percent, refunded } of sales) {
          const { order } = await checkout(till.ctx, {
            items: [{ sku, quantity: amount(quantity) }, { sku: 'A' }],
            registerId: till.registerId,
            paymentMethod: 'cash',
            ...(percent === 0 ? {} : { discount: { percent: amount(percent) } }),
          });
          if (!refunded) continue;
          await partiallyRefundOrder(till.ctx, order.id, {
            items: [{ itemId: order.lines[0]!.id, quantity: amount(1) }],
            registerId: till.registerId,
          });
        }
        const { rows, net, tax } = await report(till);
        const z = await closeRegister(till.ctx, { registerId: till.registerId, countedCash: amount(0) });
        const byRate = (taxes: readonly { rate: Decimal; net: Decimal; tax: Decimal }[]) =>
          taxes.map((row) => [row.rate.toFixed(), text(row.net), text(row.tax)]);
        expect(byRate(rows)).toEqual(byRate(z.tax));
        const lines = await till.ctx.db.one<{ net: Decimal; tax: Decimal; total: Decimal }>(sql`
          select sum(net) as net, sum(tax) as tax, sum(total) as total from order_lines`);
        expect([text(net), text(tax)]).toEqual([text(lines.net), text(lines.tax)]);
        expect(text(net.plus(tax))).toBe(text(lines.total));
        expect(text(sum(rows.map((row) => row.net)))).toBe(text(net));
      },
    ),
    { numRuns: 8, verbose: true },
  );
}, 120_000);
