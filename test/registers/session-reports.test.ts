import type { RequestContext } from '#kernel/context';
import { closeRegister, moveCash, openRegister } from '#subgraphs/registers/index';
import { xReport } from '#subgraphs/registers/reports/x-report';
import { listZReports, verifyChain, zReport } from '#subgraphs/registers/reports/z-reports';
import { listSessions } from '#subgraphs/registers/sessions/sessions.queries';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, fieldCodeOf } from '#test/harness/values';
import { cashRefund, cashSale, post } from '#test/registers/session-entries';

let db: TestDatabase;
let shop: Shop;
let ctx: RequestContext;

beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  shop = await openShop(db, { registers: 2 });
  ctx = db.contextFor(shop.cashier);
});

const open = (float = '100.00', register = 0) =>
  openRegister(ctx, { registerId: shop.registers[register]!.id, openingFloat: amount(float) });

describe('the reports', () => {
  async function tradingDay() {
    const session = await open();
    await post(ctx, session.id, cashSale('11.90'));
    await post(ctx, session.id, {
      sales: 1,
      gross: amount('60.00'),
      discounts: amount('10.00'),
      net: amount('50.00'),
      rounding: amount('-0.02'),
      tax: [
        { rate: amount(19), net: amount('8.40'), tax: amount('1.60') },
        { rate: amount(7), net: amount('37.38'), tax: amount('2.62') },
      ],
      tenders: [
        { method: 'card', amount: amount('30.00'), count: 1 },
        { method: 'cash', amount: amount('19.98'), count: 1 },
      ],
    });
    await post(ctx, session.id, cashRefund('1.90'));
    await post(ctx, session.id, {
      creditPayments: [{ method: 'cash', amount: amount('5.00'), count: 1 }],
    });
    await moveCash(ctx, 'cash_in', { amount: amount('20.00'), reason: 'change' });
    await moveCash(ctx, 'cash_out', { amount: amount('50.00'), reason: 'bank' });
    return session;
  }

  const FIGURES = {
    openingFloat: amount(100),
    cashIn: amount(20),
    cashOut: amount(50),
    salesCount: 2,
    returnsCount: 1,
    grossSales: amount('71.90'),
    discounts: amount('10.00'),
    refunds: amount('1.90'),
    netSales: amount('60.00'),
    rounding: amount('-0.02'),
    tax: [
      { rate: amount(7), net: amount('37.38'), tax: amount('2.62') },
      { rate: amount(19), net: amount('18.40'), tax: amount('3.50') },
    ],
    payments: [
      { method: 'card', count: 1, amount: amount('30.00') },
      { method: 'cash', count: 3, amount: amount('29.98') },
    ],
    creditPayments: [{ method: 'cash', count: 1, amount: amount('5.00') }],
    // 100 + 20 − 50 + 29.98 + 5
    expectedCash: amount('104.98'),
    grandTotal: amount('71.90'),
  };

  it('X shows the totals so far and writes nothing', async () => {
    await tradingDay();
    const report = await xReport(ctx);
    expect(report).toMatchObject({
      ...FIGURES,
      kind: 'x',
      number: null,
      closedAt: null,
      countedCash: null,
      hash: null,
    });
    expect(await xReport(ctx)).toEqual(report);
    expect((await listZReports(ctx, {})).items).toEqual([]);
  });

  it('Z closes the session with the same totals, the count and its hash', async () => {
    const session = await tradingDay();
    const report = await closeRegister(ctx, { countedCash: amount('104.00'), note: 'coins missing' });
    expect(report).toMatchObject({
      ...FIGURES,
      kind: 'z',
      number: 1,
      registerName: 'Till 1',
      sessionId: session.id,
      closedBy: shop.cashier.userId,
      countedCash: amount('104.00'),
      difference: amount('-0.98'),
      previousHash: null,
    });
    expect(report.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(await zReport(ctx, {})).toEqual(report);
    expect(await zReport(ctx, { registerId: session.registerId, number: 1 })).toEqual(report);
    expect((await listZReports(ctx, { registerId: session.registerId })).items).toEqual([report]);
    const [closed] = (await listSessions(ctx, { registerId: session.registerId, status: 'closed' })).items;
    expect(closed).toMatchObject({
      id: session.id,
      status: 'closed',
      countedCash: amount('104.00'),
      note: 'coins missing',
    });
    expect(await fieldCodeOf(closeRegister(ctx, { countedCash: amount(0) }))).toBe('REGISTER_CLOSED');
    expect(await fieldCodeOf(post(ctx, session.id, cashSale(1)))).toBe('REGISTER_CLOSED');
  });

  it('Z numbers and the grand total continue, and refunds do not lower it', async () => {
    const { registerId } = await tradingDay();
    const first = await closeRegister(ctx, { countedCash: amount('104.98') });
    const next = await open('10');
    await post(ctx, next.id, cashRefund('9.00'));
    expect((await xReport(ctx)).grandTotal).toEqual(amount('71.90'));
    const second = await closeRegister(ctx, { countedCash: amount('1') });
    expect(second).toMatchObject({
      number: 2,
      previousHash: first.hash,
      netSales: amount(-9),
      grandTotal: amount('71.90'),
    });
    expect(await verifyChain(ctx, registerId)).toEqual({
      registerId,
      valid: true,
      checked: 2,
      brokenNumber: null,
      error: null,
    });
    expect(await fieldCodeOf(zReport(ctx, { registerId, number: 3 }))).toBe('NOT_FOUND');
  });

  it('the same idempotency key closes once, and returns the same report again', async () => {
    await tradingDay();
    const keyed = () => ({
      ...ctx,
      reply: {},
      request: { ...ctx.request, idempotencyKey: 'close-1' },
    });
    const first = await closeRegister(keyed(), { countedCash: amount('104.98') });
    const again = keyed();
    expect(await closeRegister(again, { countedCash: amount('104.98') })).toEqual(first);
    expect(again.reply).toEqual({ replayed: true });
  });

  it('only the opener or a caller with pos:override closes a register', async () => {
    const { registerId } = await open();
    const colleague = db.contextFor(shop.colleague);
    expect(await fieldCodeOf(closeRegister(colleague, { countedCash: amount(100), registerId }))).toBe(
      'FORBIDDEN',
    );
    const manager = db.contextFor(shop.manager);
    expect(await fieldCodeOf(closeRegister(manager, { countedCash: amount('-1'), registerId }))).toBe(
      'NEGATIVE',
    );
    expect(await closeRegister(manager, { countedCash: amount(100), registerId })).toMatchObject({
      closedBy: shop.manager.userId,
    });
  });

  it('an entry whose net is not the sum of its parts is a bug, and writes nothing', async () => {
    const session = await open();
    await expect(post(ctx, session.id, { ...cashSale(10), net: amount(9) })).rejects.toThrow(
      'Invariant broken',
    );
    expect((await xReport(ctx)).grossSales).toEqual(amount(0));
  });
});
