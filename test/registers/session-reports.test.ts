import { closeRegister, moveCash, openRegister } from '#subgraphs/registers/index';
import { xReport } from '#subgraphs/registers/reports/x-report';
import { listZReports, verifyChain, zReport } from '#subgraphs/registers/reports/z-reports';
import { listSessions } from '#subgraphs/registers/sessions/sessions.queries';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { cashRefund, cashSale, codeOf, makeTill, money, post, type Till } from '#test/registers/kit';

let db: TestDatabase;
let till: Till;

beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  till = await makeTill(db, 2);
});

const open = (float = '100.00', register = 0) =>
  openRegister(till.ctx, { registerId: till.registers[register]!.id, openingFloat: money(float) });

describe('the reports', () => {
  async function tradingDay() {
    const session = await open();
    await post(till.ctx, session.id, cashSale('11.90'));
    await post(till.ctx, session.id, {
      sales: 1,
      gross: money('60.00'),
      discounts: money('10.00'),
      net: money('50.00'),
      rounding: money('-0.02'),
      tax: [
        { rate: money(19), net: money('8.40'), tax: money('1.60') },
        { rate: money(7), net: money('37.38'), tax: money('2.62') },
      ],
      tenders: [
        { method: 'card', amount: money('30.00'), count: 1 },
        { method: 'cash', amount: money('19.98'), count: 1 },
      ],
    });
    await post(till.ctx, session.id, cashRefund('1.90'));
    await post(till.ctx, session.id, {
      creditPayments: [{ method: 'cash', amount: money('5.00'), count: 1 }],
    });
    await moveCash(till.ctx, 'cash_in', { amount: money('20.00'), reason: 'change' });
    await moveCash(till.ctx, 'cash_out', { amount: money('50.00'), reason: 'bank' });
    return session;
  }

  const FIGURES = {
    openingFloat: money(100),
    cashIn: money(20),
    cashOut: money(50),
    salesCount: 2,
    returnsCount: 1,
    grossSales: money('71.90'),
    discounts: money('10.00'),
    refunds: money('1.90'),
    netSales: money('60.00'),
    rounding: money('-0.02'),
    tax: [
      { rate: money(7), net: money('37.38'), tax: money('2.62') },
      { rate: money(19), net: money('18.40'), tax: money('3.50') },
    ],
    payments: [
      { method: 'card', count: 1, amount: money('30.00') },
      { method: 'cash', count: 3, amount: money('29.98') },
    ],
    creditPayments: [{ method: 'cash', count: 1, amount: money('5.00') }],
    // 100 + 20 − 50 + 29.98 + 5
    expectedCash: money('104.98'),
    grandTotal: money('71.90'),
  };

  it('X shows the totals so far and writes nothing', async () => {
    await tradingDay();
    const report = await xReport(till.ctx);
    expect(report).toMatchObject({
      ...FIGURES,
      kind: 'x',
      number: null,
      closedAt: null,
      countedCash: null,
      hash: null,
    });
    expect(await xReport(till.ctx)).toEqual(report);
    expect((await listZReports(till.ctx, {})).items).toEqual([]);
  });

  it('Z closes the session with the same totals, the count and its hash', async () => {
    const session = await tradingDay();
    const report = await closeRegister(till.ctx, { countedCash: money('104.00'), note: 'coins missing' });
    expect(report).toMatchObject({
      ...FIGURES,
      kind: 'z',
      number: 1,
      registerName: 'Till 1',
      sessionId: session.id,
      closedBy: till.cashier.userId,
      countedCash: money('104.00'),
      difference: money('-0.98'),
      previousHash: null,
    });
    expect(report.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(await zReport(till.ctx, {})).toEqual(report);
    expect(await zReport(till.ctx, { registerId: session.registerId, number: 1 })).toEqual(report);
    expect((await listZReports(till.ctx, { registerId: session.registerId })).items).toEqual([report]);
    const [closed] = (await listSessions(till.ctx, { registerId: session.registerId, status: 'closed' }))
      .items;
    expect(closed).toMatchObject({
      id: session.id,
      status: 'closed',
      countedCash: money('104.00'),
      note: 'coins missing',
    });
    expect(await codeOf(closeRegister(till.ctx, { countedCash: money(0) }))).toBe('REGISTER_CLOSED');
    expect(await codeOf(post(till.ctx, session.id, cashSale(1)))).toBe('REGISTER_CLOSED');
  });

  it('Z numbers and the grand total continue, and refunds do not lower it', async () => {
    const { registerId } = await tradingDay();
    const first = await closeRegister(till.ctx, { countedCash: money('104.98') });
    const next = await open('10');
    await post(till.ctx, next.id, cashRefund('9.00'));
    expect((await xReport(till.ctx)).grandTotal).toEqual(money('71.90'));
    const second = await closeRegister(till.ctx, { countedCash: money('1') });
    expect(second).toMatchObject({
      number: 2,
      previousHash: first.hash,
      netSales: money(-9),
      grandTotal: money('71.90'),
    });
    expect(await verifyChain(till.ctx, registerId)).toEqual({
      registerId,
      valid: true,
      checked: 2,
      brokenNumber: null,
      error: null,
    });
    expect(await codeOf(zReport(till.ctx, { registerId, number: 3 }))).toBe('NOT_FOUND');
  });

  it('the same idempotency key closes once, and returns the same report again', async () => {
    await tradingDay();
    const keyed = () => ({
      ...till.ctx,
      reply: {},
      request: { ...till.ctx.request, idempotencyKey: 'close-1' },
    });
    const first = await closeRegister(keyed(), { countedCash: money('104.98') });
    const again = keyed();
    expect(await closeRegister(again, { countedCash: money('104.98') })).toEqual(first);
    expect(again.reply).toEqual({ replayed: true });
  });

  it('only the opener or a caller with pos:override closes a register', async () => {
    const { registerId } = await open();
    const colleague = db.contextFor(till.colleague);
    expect(await codeOf(closeRegister(colleague, { countedCash: money(100), registerId }))).toBe('FORBIDDEN');
    const manager = db.contextFor(till.manager);
    expect(await codeOf(closeRegister(manager, { countedCash: money('-1'), registerId }))).toBe('NEGATIVE');
    expect(await closeRegister(manager, { countedCash: money(100), registerId })).toMatchObject({
      closedBy: till.manager.userId,
    });
  });

  it('an entry whose net is not the sum of its parts is a bug, and writes nothing', async () => {
    const session = await open();
    await expect(post(till.ctx, session.id, { ...cashSale(10), net: money(9) })).rejects.toThrow(
      'Invariant broken',
    );
    expect((await xReport(till.ctx)).grossSales).toEqual(money(0));
  });
});
