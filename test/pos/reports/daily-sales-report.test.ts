/** The daily sales report. */
import { sum } from '#kernel/decimal';
import { refundOrder } from '#subgraphs/orders/index';
import { checkout } from '#subgraphs/pos/index';
import { dailySalesReport } from '#subgraphs/pos/reports/daily-sales-report';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill } from '#test/harness/shop';
import { amount, figures } from '#test/harness/values';

let db: TestDatabase;
beforeAll(async () => (db = await testDatabase()));
afterAll(() => db.close());

const item = (sku: string, quantity: number | string) => ({ sku, quantity: amount(quantity) });
const cash = (value: number | string) => ({ method: 'cash' as const, amount: amount(value) });

describe('the daily sales report', () => {
  it('equals the sum of sales and returns', async () => {
    const shop = await openTill(db);
    const { order } = await checkout(shop.ctx, {
      items: [item('TEA', 4), item('BREAD', 2)],
      discount: { amount: amount(1) },
      payments: [cash(50)],
    });
    await checkout(shop.ctx, { items: [item('TEA', 1)], paymentMethod: 'card' });
    await refundOrder(shop.ctx, order.id);
    const { figures: day, date } = await dailySalesReport(shop.ctx, {});
    expect(date).toBe(order.businessDate);
    expect(figures(day)).toEqual({
      gross: '23.48',
      discounts: '1',
      refunds: '18.98',
      net: '3.5',
      rounding: '0',
      shipping: '0',
      unitsSold: '7',
      unitsReturned: '6',
      voids: '0',
      tips: '0',
      giftCardSales: '0',
    });
    expect([day.sales, day.returns]).toEqual([2, 1]);
    expect(sum(day.taxes.map(({ net, tax }) => net.plus(tax))).toFixed()).toBe('3.5');
    expect(
      day.payments.map(({ method, count, amount: kept }) => `${method} ${count} ${kept.toFixed()}`),
    ).toEqual(['card 1 3.5', 'cash 2 0']);
    expect(sum(day.hours.map(({ net }) => net)).toFixed()).toBe('3.5');
    const yesterday = await dailySalesReport(shop.ctx, { date: '2020-01-01' });
    expect([yesterday.figures.sales, yesterday.figures.net.toFixed(), yesterday.figures.payments]).toEqual([
      0,
      '0',
      [],
    ]);
  });
});
