import { closeRegister, openRegister } from '#subgraphs/registers/index';
import { listZReports, verifyChain } from '#subgraphs/registers/reports/z-reports';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { cashSale, codeOf, makeTill, money, post, type Till } from '#test/registers/kit';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());

async function closeDay(till: Till, registerId: string, sales: readonly number[]): Promise<void> {
  const session = await openRegister(till.ctx, { registerId, openingFloat: money(50) });
  for (const sale of sales) await post(till.ctx, session.id, cashSale(sale));
  await closeRegister(till.ctx, { registerId, countedCash: money(50) });
}

describe('concurrency', () => {
  it('puts each sale that runs during a close into its report, or rejects it', async () => {
    const till = await makeTill(db);
    const session = await openRegister(till.ctx, {
      registerId: till.registers[0]!.id,
      openingFloat: money(0),
    });
    const sales = Array.from({ length: 50 }, (_, index) =>
      codeOf(post(till.ctx, session.id, cashSale(index + 1))),
    );
    const closing = closeRegister(till.ctx, { countedCash: money(0) });
    const more = Array.from({ length: 50 }, (_, index) =>
      codeOf(post(till.ctx, session.id, cashSale(index + 51))),
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
      grossSales: money(total),
      expectedCash: money(total),
    });
    expect(await codeOf(post(till.ctx, session.id, cashSale(1)))).toBe('REGISTER_CLOSED');
  });

  it('closes a session once, however many requests arrive', async () => {
    const till = await makeTill(db);
    await openRegister(till.ctx, { registerId: till.registers[0]!.id, openingFloat: money(0) });
    const codes = await Promise.all(
      Array.from({ length: 8 }, () => codeOf(closeRegister(till.ctx, { countedCash: money(0) }))),
    );
    expect(codes.sort()).toEqual([...Array.from({ length: 7 }, () => 'REGISTER_CLOSED'), 'none']);
  });

  it('numbers each register’s reports without gaps while all registers open and close at once', async () => {
    const till = await makeTill(db, 4);
    await Promise.all(
      till.registers.map(async ({ id }) => {
        for (const day of [1, 2, 3, 4, 5]) await closeDay(till, id, [day]);
      }),
    );
    for (const { id } of till.registers) {
      const { items } = await listZReports(till.ctx, { registerId: id, sort: 'number' });
      expect(items.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
      expect(await verifyChain(till.ctx, id)).toMatchObject({ valid: true, checked: 5 });
    }
  });
});
