/** Exchanges: one settlement of a return and a sale. */
import { refundOrder } from '#subgraphs/orders/index';
import { checkout } from '#subgraphs/pos/index';
import { exchangeItems, exchangedAmount } from '#subgraphs/pos/returns/exchange';
import { voidOrder } from '#subgraphs/pos/returns/voids';
import { xReport } from '#subgraphs/registers/index';
import { rowCounts, testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill } from '#test/harness/shop';
import { amount, codeOf, errorOf } from '#test/harness/values';

let db: TestDatabase;
beforeAll(async () => (db = await testDatabase()));
afterAll(() => db.close());

const tea = (quantity: number) => [{ sku: 'TEA', quantity: amount(quantity) }];
const cash = (given: number | string) => [{ method: 'cash' as const, amount: amount(given) }];

describe('an exchange', () => {
  it('pays with the returned goods, and collects the difference', async () => {
    const till = await openTill(db);
    const { order } = await checkout(till.ctx, { items: tea(2), paymentMethod: 'card' as const });
    const pair = await exchangeItems(till.ctx, {
      orderId: order.id,
      returned: [{ sku: 'TEA', quantity: amount(1) }],
      items: [{ sku: 'LAST', quantity: amount(1) }],
      payments: cash(10),
      reason: 'Wrong one',
    });
    expect(pair.returned.order).toMatchObject({
      originalOrderId: order.id,
      exchangeOrderId: pair.sold.order.id,
    });
    expect(pair.sold.order.exchangeOrderId).toBe(pair.returned.order.id);
    expect(
      [pair.returned.order.total, pair.sold.order.total, exchangedAmount(pair), pair.sold.order.change].map(
        String,
      ),
    ).toEqual(['-3.5', '10', '3.5', '3.5']);
    const report = await xReport(till.ctx, till.registerId);
    expect(report.payments.map(({ method, amount: sum }) => [method, sum.toFixed()])).toEqual([
      ['card', '7'],
      ['cash', '6.5'],
      ['exchange', '0'],
    ]);
    expect(report.expectedCash.toFixed()).toBe('106.5');
    // The part paid with goods is refunded in cash.
    const back = await refundOrder(till.ctx, pair.sold.order.id);
    expect(back.payments.map(({ method, amount: sum }) => [method, sum.toFixed()])).toEqual([
      ['cash', '-3.5'],
      ['cash', '-6.5'],
    ]);
    expect(await codeOf(voidOrder(till.ctx, pair.sold.order.id, { reason: 'x' }))).toBe('ILLEGAL_STATE');
  });

  it('refunds the rest, rounded to the smallest coin, and needs no receipt', async () => {
    const till = await openTill(db, { currency: 'CHF', cashRoundingStep: amount('0.05') });
    const input = {
      returned: [{ sku: 'LAST', quantity: amount(1), unitPrice: amount('9.99') }],
      items: tea(1),
      reason: 'Wrong one',
      clientReference: till.ctx.ids.next(),
    };
    const pair = await exchangeItems(till.ctx, input);
    expect(
      [pair.returned.order.total, pair.returned.order.rounding, pair.sold.order.total].map(String),
    ).toEqual(['-10', '-0.01', '3.5']);
    expect((await xReport(till.ctx, till.registerId)).expectedCash.toFixed()).toBe('93.5');
    const again = await exchangeItems(till.ctx, input);
    expect(again.sold.order.id).toBe(pair.sold.order.id);
  });

  it('writes nothing if one half fails', async () => {
    const till = await openTill(db);
    const { order } = await checkout(till.ctx, { items: tea(1), payments: cash(10) });
    const before = await rowCounts(db);
    const short = {
      orderId: order.id,
      reason: 'x',
      items: [{ sku: 'LAST', quantity: amount(4) }],
      payments: cash(100),
    };
    expect(await codeOf(exchangeItems(till.ctx, short))).toBe('INSUFFICIENT_STOCK');
    const unpaid = { orderId: order.id, reason: 'x', items: [{ sku: 'LAST', quantity: amount(1) }] };
    expect((await errorOf(exchangeItems(till.ctx, unpaid))).details).toMatchObject({ missing: '6.50' });
    expect(await rowCounts(db)).toEqual(before);
  });
});
