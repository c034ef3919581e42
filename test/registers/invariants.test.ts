import fc from 'fast-check';
import { closeRegister, moveCash, openRegister } from '#subgraphs/registers/index';
import { xReport } from '#subgraphs/registers/reports/x-report';
import { verifyChain } from '#subgraphs/registers/reports/z-reports';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { cashRefund, cashSale, codeOf, makeTill, money, post } from '#test/registers/kit';

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
            const rejected = cents > model.drawer;
            expect(await codeOf(moveCash(till.ctx, 'cash_out', { amount, reason: 'out' }))).toBe(
              rejected ? 'EXCEEDS_DRAWER' : 'none',
            );
            if (!rejected) model.drawer -= cents;
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
