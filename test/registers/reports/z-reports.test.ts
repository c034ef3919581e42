/** Attempts to change written reports, with the rights of the application and with those of the database's owner. */
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { closeRegister, moveCash, openRegister } from '#subgraphs/registers/index';
import { verifyChain } from '#subgraphs/registers/reports/z-reports';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { asOwner } from '#test/harness/server';
import { openShop } from '#test/harness/shop';
import { amount } from '#test/harness/values';
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

describe('written reports', () => {
  let ctx: RequestContext;
  let registerId: string;
  beforeEach(async () => {
    const shop = await openShop(db, { registers: 1 });
    ctx = db.contextFor(shop.cashier);
    registerId = shop.registers[0]!.id;
    for (const day of [1, 2, 3]) await closeDay(ctx, registerId, [day * 10, 5]);
  });

  it('cannot be changed or removed', async () => {
    const cashier = await openRegister(ctx, { registerId, openingFloat: amount(0) });
    await moveCash(ctx, 'cash_in', { amount: amount(5), reason: 'x' });
    const attempts = [
      sql`update z_reports set gross_sales = 0 where register_id = ${registerId}`,
      sql`delete from z_reports where register_id = ${registerId}`,
      sql`update cash_movements set amount = 1 where register_id = ${registerId}`,
      sql`delete from cash_movements where register_id = ${registerId}`,
      sql`update register_sessions set gross_sales = 0 where register_id = ${registerId} and id <> ${cashier.id}`,
      sql`update registers set grand_total = 0 where id = ${registerId}`,
      sql`update registers set last_z_number = 1 where id = ${registerId}`,
    ];
    for (const attempt of attempts) await expect(ctx.db.run(attempt)).rejects.toThrow();
    expect(await verifyChain(ctx, registerId)).toMatchObject({ valid: true, checked: 3 });
  });

  /** Runs a statement with the strongest rights: as the database's owner, without triggers and foreign keys. */
  const tamper = (statement: string) =>
    asOwner(
      db.url,
      'set session_replication_role = replica',
      `${statement} and register_id = '${registerId}'`,
    );

  it.each([
    ['gross_sales', 'gross_sales = gross_sales + 1, net_sales = net_sales + 1'],
    ['refunds', 'refunds = 1, net_sales = net_sales - 1'],
    ['discounts', 'discounts = 1, net_sales = net_sales - 1'],
    ['rounding', 'rounding = 0.01'],
    ['opening_float', 'opening_float = opening_float - 1'],
    ['cash_in', 'cash_in = 1'],
    ['cash_out', 'cash_out = 1'],
    ['expected_cash', 'expected_cash = 0, difference = counted_cash'],
    ['counted_cash', 'counted_cash = 0, difference = -expected_cash'],
    ['sales_count', 'sales_count = sales_count - 1'],
    ['tax', `tax = jsonb_set(tax, '{0,tax}', '"0.0100"')`],
    ['payments', `payments = jsonb_set(payments, '{0,amount}', '"0.0100"')`],
    ['grand_total', 'grand_total = grand_total - 1'],
    ['closed_at', `closed_at = closed_at + interval '1 second'`],
    ['closed_by', 'closed_by = session_id'],
  ])('are found broken when the owner alters %s', async (_, change) => {
    await tamper(`update z_reports set ${change} where number = 2`);
    expect(await verifyChain(ctx, registerId)).toEqual({
      registerId,
      valid: false,
      checked: 1,
      brokenNumber: 2,
      error: 'amounts_altered',
    });
  });

  it('are found broken when a report in the middle or at the end is gone', async () => {
    await tamper('delete from z_reports where number = 3');
    expect(await verifyChain(ctx, registerId)).toMatchObject({
      valid: false,
      checked: 2,
      brokenNumber: 3,
      error: 'report_missing',
    });
    await tamper('delete from z_reports where number = 1');
    expect(await verifyChain(ctx, registerId)).toMatchObject({
      valid: false,
      checked: 0,
      brokenNumber: 1,
      error: 'number_gap',
    });
  });
});
