import { transact } from '#kernel/db/transact';
import { sql } from '#kernel/db/database';
import { nextOrderNumbers, numberSeries } from '#subgraphs/orders/index';
import { openRegister } from '#subgraphs/registers/index';
import { updateRegister } from '#subgraphs/registers/register/registers';
import { checkout } from '#subgraphs/pos/sale/checkout';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { amount } from '#test/harness/values';

let db: TestDatabase;
beforeAll(async () => (db = await testDatabase()));
afterAll(() => db.close());

it.each([
  ['MAIN', undefined, 'MAIN'],
  ['MAIN', '1', 'MAIN.1'],
  ['MAIN-2', 'Kasse 1', 'MAIN-2.Kasse_1'],
  ['MAIN', 'ä;=/"', 'MAIN.ä____'],
])('numbers the orders of branch %s and register %s in the series %s', (branchCode, registerCode, series) => {
  expect(numberSeries(branchCode, registerCode)).toBe(series);
});

it('counts orders and receipts together, for each series on its own', async () => {
  const ctx = db.contextFor();
  const next = (series: string) => transact(ctx, (tx) => nextOrderNumbers(tx, series));
  expect(await next('MAIN.1')).toEqual({ number: 'MAIN.1-0000001', receiptNumber: 'MAIN.1-R0000001' });
  expect(await next('MAIN.1')).toEqual({ number: 'MAIN.1-0000002', receiptNumber: 'MAIN.1-R0000002' });
  expect(await next('MAIN.2')).toEqual({ number: 'MAIN.2-0000001', receiptNumber: 'MAIN.2-R0000001' });
});

describe('the registers of a branch', () => {
  const openTwo = async () => {
    const till = await openTill(db, { registers: 2 });
    const [first, second] = till.registers.map(({ id }) => id) as [string, string];
    await openRegister(till.ctx, { registerId: second, openingFloat: amount(0) });
    return { till, first, second };
  };
  const sell = async (till: Till, registerId: string) => {
    const payments = [{ method: 'card' as const, amount: amount('2.99') }];
    const { order } = await checkout(till.ctx, { registerId, items: [{ sku: 'BREAD' }], payments });
    return order.receiptNumber;
  };

  it('do not wait for each other', async () => {
    const { till, first, second } = await openTwo();
    // A sale of the first register that has its numbers and is not committed.
    const receiptNumber = await transact(till.ctx, async (tx) => {
      await nextOrderNumbers(tx, 'MAIN.T1');
      return sell(till, second);
    });
    expect(receiptNumber).toBe('MAIN.T2-R0000001');
    expect(await sell(till, first)).toBe('MAIN.T1-R0000002');
  });

  it('assign no number twice, even if a code is given to another register', async () => {
    const { till, first, second } = await openTwo();
    expect(await sell(till, first)).toBe('MAIN.T1-R0000001');
    await updateRegister(till.ctx, first, { code: 'OLD' });
    await updateRegister(till.ctx, second, { code: 'T1' });
    expect(await sell(till, second)).toBe('MAIN.T1-R0000002');
    expect(await sell(till, first)).toBe('MAIN.OLD-R0000001');
    const [row] = await till.ctx.db.many<{ count: number; distinct: number }>(
      sql`select count(*) as count, count(distinct number) as distinct from orders`,
    );
    expect(row).toEqual({ count: 3, distinct: 3 });
  });
});
