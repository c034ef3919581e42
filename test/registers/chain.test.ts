/** What nobody can do unseen: tests with the rights of the database's owner. */
import fc from 'fast-check';
import { sql } from '#kernel/db/database';
import { closeRegister, moveCash, openRegister } from '#subgraphs/registers/index';
import { xReport } from '#subgraphs/registers/reports/x-report';
import { listZReports, verifyChain } from '#subgraphs/registers/reports/z-reports';
import { testDatabase, type TestDatabase } from '../harness/database';
import { asOwner } from '../harness/server';
import { cashRefund, cashSale, codeOf, makeTill, money, post, type Till } from './kit';

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
  it('puts each of 50 sales that meet a closing either into its report or refuses it', async () => {
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

  it('closes a session once, however many try', async () => {
    const till = await makeTill(db);
    await openRegister(till.ctx, { registerId: till.registers[0]!.id, openingFloat: money(0) });
    const codes = await Promise.all(
      Array.from({ length: 8 }, () => codeOf(closeRegister(till.ctx, { countedCash: money(0) }))),
    );
    expect(codes.sort()).toEqual([...Array.from({ length: 7 }, () => 'REGISTER_CLOSED'), 'none']);
  });

  it('numbers each register’s reports without gaps while all of them open and close at once', async () => {
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

describe('any sequence of commands', () => {
  interface Command {
    kind: 'sale' | 'refund' | 'in' | 'out' | 'account' | 'card' | 'close';
    cents: number;
  }
  const command: fc.Arbitrary<Command> = fc.record({
    kind: fc.constantFrom('sale', 'sale', 'sale', 'refund', 'in', 'out', 'account', 'card', 'close'),
    cents: fc.integer({ min: 1, max: 100_000 }),
  });

  it('keeps drawer = float + in − out + cash sales − cash refunds + cash on accounts, and Z = Σ of its sales', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 25 }), async (commands) => {
        const till = await makeTill(db);
        const registerId = till.registers[0]!.id;
        const model = { drawer: 10_000, gross: 0, refunds: 0, grand: 0, reports: 0 };
        let session = await openRegister(till.ctx, { registerId, openingFloat: money(100) });
        for (const { kind, cents } of commands) {
          const amount = money(cents).dividedBy(100);
          if (kind === 'sale' || kind === 'card') {
            const sale = cashSale(amount.toFixed());
            if (kind === 'card') sale.tenders = [{ method: 'card', amount, count: 1 }];
            await post(till.ctx, session.id, sale);
            model.gross += cents;
            if (kind === 'sale') model.drawer += cents;
          } else if (kind === 'refund') {
            await post(till.ctx, session.id, cashRefund(amount.toFixed()));
            model.refunds += cents;
            model.drawer -= cents;
          } else if (kind === 'account') {
            await post(till.ctx, session.id, { creditPayments: [{ method: 'cash', amount, count: 1 }] });
            model.drawer += cents;
          } else if (kind === 'in') {
            await moveCash(till.ctx, 'cash_in', { amount, reason: 'in' });
            model.drawer += cents;
          } else if (kind === 'out') {
            const refused = cents > model.drawer;
            expect(await codeOf(moveCash(till.ctx, 'cash_out', { amount, reason: 'out' }))).toBe(
              refused ? 'EXCEEDS_DRAWER' : 'none',
            );
            if (!refused) model.drawer -= cents;
          } else {
            model.grand += model.gross;
            model.reports += 1;
            const report = await closeRegister(till.ctx, { countedCash: money(0) });
            expect({ ...report }).toMatchObject({
              number: model.reports,
              ...figures(model),
              difference: money(-model.drawer).dividedBy(100),
            });
            session = await openRegister(till.ctx, { registerId, openingFloat: money(100) });
            Object.assign(model, { drawer: 10_000, gross: 0, refunds: 0 });
          }
        }
        model.grand += model.gross;
        expect(await xReport(till.ctx)).toMatchObject(figures(model));
        expect(await verifyChain(till.ctx, registerId)).toMatchObject({
          valid: true,
          checked: model.reports,
        });
      }),
      { numRuns: 25 },
    );
  });

  function figures(model: { drawer: number; gross: number; refunds: number; grand: number }) {
    const amount = (cents: number) => money(cents).dividedBy(100);
    return {
      expectedCash: amount(model.drawer),
      grossSales: amount(model.gross),
      refunds: amount(model.refunds),
      netSales: amount(model.gross - model.refunds),
      grandTotal: amount(model.grand),
    };
  }
});

describe('what is written', () => {
  let till: Till;
  let registerId: string;
  beforeEach(async () => {
    till = await makeTill(db);
    registerId = till.registers[0]!.id;
    for (const day of [1, 2, 3]) await closeDay(till, registerId, [day * 10, 5]);
  });

  it('is refused to be changed or removed', async () => {
    const cashier = await openRegister(till.ctx, { registerId, openingFloat: money(0) });
    await moveCash(till.ctx, 'cash_in', { amount: money(5), reason: 'x' });
    const attempts = [
      sql`update z_reports set gross_sales = 0 where register_id = ${registerId}`,
      sql`delete from z_reports where register_id = ${registerId}`,
      sql`update cash_movements set amount = 1 where register_id = ${registerId}`,
      sql`delete from cash_movements where register_id = ${registerId}`,
      sql`update register_sessions set gross_sales = 0 where register_id = ${registerId} and id <> ${cashier.id}`,
      sql`update registers set grand_total = 0 where id = ${registerId}`,
      sql`update registers set last_z_number = 1 where id = ${registerId}`,
    ];
    for (const attempt of attempts) await expect(till.ctx.db.run(attempt)).rejects.toThrow();
    expect(await verifyChain(till.ctx, registerId)).toMatchObject({ valid: true, checked: 3 });
  });

  /** As the database's owner, with triggers and foreign keys switched off: the strongest there is. */
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
  ])('shows when %s was altered behind its back', async (_, change) => {
    await tamper(`update z_reports set ${change} where number = 2`);
    expect(await verifyChain(till.ctx, registerId)).toEqual({
      registerId,
      valid: false,
      checked: 1,
      brokenNumber: 2,
      fault: 'amounts_altered',
    });
  });

  it('shows when a report in the middle or at the end is gone', async () => {
    await tamper('delete from z_reports where number = 3');
    expect(await verifyChain(till.ctx, registerId)).toMatchObject({
      valid: false,
      checked: 2,
      brokenNumber: 3,
      fault: 'report_missing',
    });
    await tamper('delete from z_reports where number = 1');
    expect(await verifyChain(till.ctx, registerId)).toMatchObject({
      valid: false,
      checked: 0,
      brokenNumber: 1,
      fault: 'number_gap',
    });
  });
});
