/** Tips: in the drawer, on the receipt and in the reports, but in no sale. */
import { checkout } from '#subgraphs/pos/index';
import { printReceipt } from '#subgraphs/pos/receipts/print-receipt';
import { closeRegister } from '#subgraphs/registers/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill } from '#test/harness/shop';
import { amount, codeOf } from '#test/harness/values';

let db: TestDatabase;
beforeAll(async () => (db = await testDatabase()));
afterAll(() => db.close());

const tea = (quantity: number) => [{ sku: 'TEA', quantity: amount(quantity) }];
const cash = (given: number | string) => [{ method: 'cash' as const, amount: amount(given) }];

describe('a tip', () => {
  it('is in the drawer and in no sale', async () => {
    const till = await openTill(db);
    await checkout(till.ctx, {
      items: tea(2),
      payments: cash(7),
      tip: { method: 'cash', amount: amount(1) },
    });
    const { order } = await checkout(till.ctx, {
      items: tea(2),
      paymentMethod: 'card',
      tip: { method: 'card', amount: amount(2) },
    });
    expect([order.total, order.tip, order.paid].map(String)).toEqual(['7', '2', '7']);
    const report = await closeRegister(till.ctx, { registerId: till.registerId, countedCash: amount(108) });
    expect([report.netSales, report.expectedCash, report.difference].map(String)).toEqual(['14', '108', '0']);
    expect(report.tips.map(({ method, count, amount: sum }) => [method, count, sum.toFixed()])).toEqual([
      ['card', 1, '2'],
      ['cash', 1, '1'],
    ]);
    const { content } = await printReceipt(till.ctx, order.id, 'text');
    expect(content).toContain('Tip, Card                             2.00\n');
  });

  it('must be a positive amount with a payment method that permits tips', async () => {
    const till = await openTill(db);
    for (const tip of [
      { method: 'credit' as const, amount: amount(1) },
      { method: 'cash' as const, amount: amount(0) },
      { method: 'cash' as const, amount: amount('0.001') },
    ]) {
      expect(await codeOf(checkout(till.ctx, { items: tea(1), payments: cash(10), tip }))).toBe(
        'VALIDATION_FAILED',
      );
    }
  });
});
