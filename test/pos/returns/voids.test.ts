/** Voids: everything goes back the way it came, and is counted apart. */
import { orderById } from '#subgraphs/orders/index';
import { checkout } from '#subgraphs/pos/index';
import { voidOrder } from '#subgraphs/pos/returns/voids';
import { closeRegister, openRegister, xReport } from '#subgraphs/registers/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill } from '#test/harness/shop';
import { amount, codeOf, errorOf } from '#test/harness/values';

let db: TestDatabase;
beforeAll(async () => (db = await testDatabase()));
afterAll(() => db.close());

const tea = (quantity: number) => [{ sku: 'TEA', quantity: amount(quantity) }];
const cash = (given: number | string) => [{ method: 'cash' as const, amount: amount(given) }];

describe('a void', () => {
  it('refunds everything by its payment method, the tip included, and is counted separately', async () => {
    const till = await openTill(db);
    const payments = [{ method: 'card' as const, amount: amount(5) }, ...cash(10)];
    const { order } = await checkout(till.ctx, {
      items: tea(3),
      payments,
      tip: { method: 'cash', amount: amount('1.50') },
    });
    expect((await xReport(till.ctx, till.registerId)).expectedCash.toFixed()).toBe('107');
    const undone = await voidOrder(till.ctx, order.id, { reason: 'Rung up twice' });
    expect(undone.order).toMatchObject({
      kind: 'return',
      voids: true,
      originalOrderId: order.id,
      tipMethod: 'cash',
    });
    expect([undone.order.total.toFixed(), undone.order.tip.toFixed()]).toEqual(['-10.5', '-1.5']);
    expect(undone.payments.map(({ method, amount: paid }) => [method, paid.toFixed()])).toEqual([
      ['card', '-5'],
      ['cash', '-5.5'],
    ]);
    expect((await orderById(till.ctx.db, order.id)).status).toBe('refunded');
    const report = await closeRegister(till.ctx, { registerId: till.registerId, countedCash: amount(100) });
    expect(report).toMatchObject({ salesCount: 1, returnsCount: 1, voidsCount: 1 });
    expect([report.voids, report.refunds, report.netSales, report.difference].map(String)).toEqual([
      '10.5',
      '10.5',
      '0',
      '0',
    ]);
    expect(report.tips.map(({ method, count, amount: sum }) => [method, count, sum.toFixed()])).toEqual([
      ['cash', 2, '0'],
    ]);
  });

  it('requires the permission, the open session, and a sale that is not refunded in part', async () => {
    const till = await openTill(db);
    const { order } = await checkout(till.ctx, { items: tea(2), payments: cash(10) });
    const refused = await errorOf(voidOrder(till.as(['pos:sell']), order.id, { reason: 'x' }));
    expect([refused.code, refused.details]).toEqual([
      'APPROVAL_REQUIRED',
      { approval: 'void', scope: 'pos:void' },
    ]);
    await voidOrder(till.as(['pos:void']), order.id, { reason: 'x' });
    expect(await codeOf(voidOrder(till.ctx, order.id, { reason: 'x' }))).toBe('ILLEGAL_STATE');
    const earlier = await checkout(till.ctx, { items: tea(1), payments: cash(10) });
    await closeRegister(till.ctx, { registerId: till.registerId, countedCash: amount(100) });
    expect(await codeOf(voidOrder(till.ctx, earlier.order.id, { reason: 'x' }))).toBe('REGISTER_CLOSED');
    await openRegister(till.ctx, { registerId: till.registerId, openingFloat: amount(100) });
    expect(await codeOf(voidOrder(till.ctx, earlier.order.id, { reason: 'x' }))).toBe('ILLEGAL_STATE');
  });

  it('is posted once for one client reference', async () => {
    const till = await openTill(db);
    const { order } = await checkout(till.ctx, { items: tea(1), payments: cash(10) });
    const input = { reason: 'x', clientReference: till.ctx.ids.next() };
    const [first, second] = [
      await voidOrder(till.ctx, order.id, input),
      await voidOrder(till.ctx, order.id, input),
    ];
    expect(second.order.id).toBe(first.order.id);
  });
});
