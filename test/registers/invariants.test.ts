import fc from 'fast-check';
import { closeRegister, moveCash, openRegister } from '#subgraphs/registers/index';
import { xReport } from '#subgraphs/registers/reports/x-report';
import { verifyChain } from '#subgraphs/registers/reports/z-reports';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop } from '#test/harness/shop';
import { amount, fieldCodeOf } from '#test/harness/values';
import { cashRefund, cashSale, post } from '#test/registers/session-entries';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());

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
        const shop = await openShop(db, { registers: 1 });
        const ctx = db.contextFor(shop.cashier);
        const registerId = shop.registers[0]!.id;
        const model = { drawer: 10_000, gross: 0, refunds: 0, grand: 0, reports: 0 };
        let session = await openRegister(ctx, { registerId, openingFloat: amount(100) });
        for (const { kind, cents } of commands) {
          const paid = amount(cents).dividedBy(100);
          if (kind === 'sale' || kind === 'card') {
            const sale = cashSale(paid.toFixed());
            if (kind === 'card') sale.tenders = [{ method: 'card', amount: paid, count: 1 }];
            await post(ctx, session.id, sale);
            model.gross += cents;
            if (kind === 'sale') model.drawer += cents;
          } else if (kind === 'refund') {
            await post(ctx, session.id, cashRefund(paid.toFixed()));
            model.refunds += cents;
            model.drawer -= cents;
          } else if (kind === 'account') {
            await post(ctx, session.id, { creditPayments: [{ method: 'cash', amount: paid, count: 1 }] });
            model.drawer += cents;
          } else if (kind === 'in') {
            await moveCash(ctx, 'cash_in', { amount: paid, reason: 'in' });
            model.drawer += cents;
          } else if (kind === 'out') {
            const rejected = cents > model.drawer;
            expect(await fieldCodeOf(moveCash(ctx, 'cash_out', { amount: paid, reason: 'out' }))).toBe(
              rejected ? 'EXCEEDS_DRAWER' : 'none',
            );
            if (!rejected) model.drawer -= cents;
          } else {
            model.grand += model.gross;
            model.reports += 1;
            const report = await closeRegister(ctx, { countedCash: amount(0) });
            expect({ ...report }).toMatchObject({
              number: model.reports,
              ...figures(model),
              difference: amount(-model.drawer).dividedBy(100),
            });
            session = await openRegister(ctx, { registerId, openingFloat: amount(100) });
            Object.assign(model, { drawer: 10_000, gross: 0, refunds: 0 });
          }
        }
        model.grand += model.gross;
        expect(await xReport(ctx)).toMatchObject(figures(model));
        expect(await verifyChain(ctx, registerId)).toMatchObject({
          valid: true,
          checked: model.reports,
        });
      }),
      { numRuns: 25 },
    );
  });

  function figures(model: { drawer: number; gross: number; refunds: number; grand: number }) {
    const euros = (cents: number) => amount(cents).dividedBy(100);
    return {
      expectedCash: euros(model.drawer),
      grossSales: euros(model.gross),
      refunds: euros(model.refunds),
      netSales: euros(model.gross - model.refunds),
      grandTotal: euros(model.grand),
    };
  }
});
