import type { RequestContext } from '#kernel/context';
import { closeRegister, openRegister } from '#subgraphs/registers/index';
import { listZReports, verifyChain } from '#subgraphs/registers/reports/z-reports';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop } from '#test/harness/shop';
import { amount, fieldCodeOf } from '#test/harness/values';
import { cashSale, post } from '#test/registers/session-entries';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());

async function closeDay(ctx: RequestContext, registerId: string, sales: readonly number[]): Promise<void> {
  const session = await openRegister(ctx, { registerId, openingFloat: amount(50) });
  for (const sale of sales) await post(ctx, session.id, cashSale(sale));
  await closeRegister(ctx, { registerId, countedCash: amount(50) });
}

describe('concurrency', () => {
  it('puts each sale that runs during a close into its report, or rejects it', async () => {
    const shop = await openShop(db, { registers: 1 });
    const ctx = db.contextFor(shop.cashier);
    const session = await openRegister(ctx, {
      registerId: shop.registers[0]!.id,
      openingFloat: amount(0),
    });
    const sales = Array.from({ length: 50 }, (_, index) =>
      fieldCodeOf(post(ctx, session.id, cashSale(index + 1))),
    );
    const closing = closeRegister(ctx, { countedCash: amount(0) });
    const more = Array.from({ length: 50 }, (_, index) =>
      fieldCodeOf(post(ctx, session.id, cashSale(index + 51))),
    );
    const codes = await Promise.all([...sales, ...more]);
    const report = await closing;
    const posted = codes.flatMap((code, index) => (code === 'none' ? [index + 1] : []));
    expect(new Set(codes)).toEqual(
      new Set(
        posted.length === 100 ? ['none'] : posted.length ? ['none', 'REGISTER_CLOSED'] : ['REGISTER_CLOSED'],
      ),
    );
    const total = posted.reduce((sum, amount) => sum + amount, 0);
    expect(report).toMatchObject({
      salesCount: posted.length,
      grossSales: amount(total),
      expectedCash: amount(total),
    });
    expect(await fieldCodeOf(post(ctx, session.id, cashSale(1)))).toBe('REGISTER_CLOSED');
  });

  it('closes a session once, however many requests arrive', async () => {
    const shop = await openShop(db, { registers: 1 });
    const ctx = db.contextFor(shop.cashier);
    await openRegister(ctx, { registerId: shop.registers[0]!.id, openingFloat: amount(0) });
    const codes = await Promise.all(
      Array.from({ length: 8 }, () => fieldCodeOf(closeRegister(ctx, { countedCash: amount(0) }))),
    );
    expect(codes.sort()).toEqual([...Array.from({ length: 7 }, () => 'REGISTER_CLOSED'), 'none']);
  });

  it('numbers each register’s reports without gaps while all registers open and close at once', async () => {
    const shop = await openShop(db, { registers: 4 });
    const ctx = db.contextFor(shop.cashier);
    await Promise.all(
      shop.registers.map(async ({ id }) => {
        for (const day of [1, 2, 3, 4, 5]) await closeDay(ctx, id, [day]);
      }),
    );
    for (const { id } of shop.registers) {
      const { items } = await listZReports(ctx, { registerId: id, sort: 'number' });
      expect(items.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
      expect(await verifyChain(ctx, id)).toMatchObject({ valid: true, checked: 5 });
    }
  });
});
