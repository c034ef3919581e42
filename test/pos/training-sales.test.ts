/** Training sessions: their sales look like any sale and count nowhere. */
import type { PosProError } from '#kernel/errors';
import { refundOrder } from '#subgraphs/orders/index';
import { checkout } from '#subgraphs/pos/index';
import { exchangeItems } from '#subgraphs/pos/returns/exchange';
import { printReceipt } from '#subgraphs/pos/receipts/print-receipt';
import { closeRegister, moveCash, openRegister } from '#subgraphs/registers/index';
import { rowCounts, testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill } from '#test/harness/shop';
import { amount, errorOf } from '#test/harness/values';

let db: TestDatabase;
beforeAll(async () => (db = await testDatabase()));
afterAll(() => db.close());

const tea = (quantity: number) => [{ sku: 'TEA', quantity: amount(quantity) }];
const cash = (given: number | string) => [{ method: 'cash' as const, amount: amount(given) }];

describe('a training session', () => {
  it('answers and prints like any session, and changes no totals', async () => {
    const till = await openTill(db);
    await closeRegister(till.ctx, { registerId: till.registerId, countedCash: amount(100) });
    await openRegister(till.ctx, { registerId: till.registerId, openingFloat: amount(50), training: true });
    const before = await rowCounts(db);
    const { order, payments } = await checkout(till.ctx, {
      items: [...tea(2), { sku: 'LAST', quantity: amount(9) }],
      payments: cash(100),
    });
    expect(order).toMatchObject({ number: 'TRAINING', receiptNumber: 'TRAINING', training: true });
    expect([order.total, order.change, payments[0]!.amount].map(String)).toEqual(['97', '3', '97']);
    const after = await rowCounts(db);
    const changed = Object.keys(after).filter((table) => after[table] !== before[table]);
    expect(changed).toEqual(['training_sales']);
    const printed = await printReceipt(till.ctx, order.id, 'text');
    expect(printed.content).toContain('*** TRAINING - NOT A RECEIPT ***');
    expect(
      Buffer.from((await printReceipt(till.ctx, order.id, 'escpos')).content, 'base64').indexOf(
        Buffer.from([0x1b, 0x70]),
      ),
    ).toBe(-1);
  });

  it('accepts no return, changes no real totals, and ends without a Z-report', async () => {
    const till = await openTill(db);
    const { order } = await checkout(till.ctx, { items: tea(1), payments: cash(10) });
    await closeRegister(till.ctx, { registerId: till.registerId, countedCash: amount('103.50') });
    await openRegister(till.ctx, { registerId: till.registerId, openingFloat: amount(50), training: true });
    await checkout(till.ctx, { items: tea(1), payments: cash(10) });
    await moveCash(till.ctx, 'cash_in', {
      amount: amount(5),
      reason: 'practice',
      registerId: till.registerId,
    });
    const refused: PosProError[] = [
      await errorOf(refundOrder(till.ctx, order.id, { registerId: till.registerId })),
      await errorOf(
        exchangeItems(till.ctx, {
          orderId: order.id,
          reason: 'x',
          items: tea(1),
          registerId: till.registerId,
        }),
      ),
    ];
    expect(refused.map(({ code, details }) => [code, details?.training])).toEqual([
      ['ILLEGAL_STATE', true],
      ['ILLEGAL_STATE', true],
    ]);
    const report = await closeRegister(till.ctx, { registerId: till.registerId, countedCash: amount(54) });
    expect(report).toMatchObject({ kind: 'x', training: true, number: null, hash: null, salesCount: 0 });
    expect([report.grandTotal, report.difference!].map(String)).toEqual(['3.5', '-1']);
    await openRegister(till.ctx, { registerId: till.registerId, openingFloat: amount(100) });
    const next = await closeRegister(till.ctx, { registerId: till.registerId, countedCash: amount(100) });
    expect([next.number, next.grandTotal.toFixed()]).toEqual([2, '3.5']);
  });
});
