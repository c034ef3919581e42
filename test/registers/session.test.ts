import { randomUUID } from 'node:crypto';
import { sql } from '#kernel/db/database';
import {
  closeRegister,
  moveCash,
  openRegister,
  openSessionFor,
  ownSession,
} from '#subgraphs/registers/index';
import { listCashMovements } from '#subgraphs/registers/cash/cash-movements';
import { sessionInView } from '#subgraphs/registers/sessions/resolve-session';
import { createRegister, listRegisters, updateRegister } from '#subgraphs/registers/register/registers';
import { xReport } from '#subgraphs/registers/reports/x-report';
import {
  openSessionsOf,
  registerSessions,
  sessionsByIds,
} from '#subgraphs/registers/sessions/sessions.queries';
import { listZReports, verifyChain, zReport } from '#subgraphs/registers/reports/z-reports';
import { createOwner, userActor } from '../harness/actors';
import { testDatabase, type TestDatabase } from '../harness/database';
import { cashRefund, cashSale, codeOf, makeTill, money, post, type Till } from './kit';

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

describe('opening', () => {
  it('begins a session with its float in the drawer', async () => {
    const session = await open();
    expect(session).toMatchObject({
      registerId: till.registers[0]!.id,
      registerName: 'Till 1',
      branchId: till.branchId,
      status: 'open',
      currency: 'EUR',
      openedBy: till.cashier.userId,
      cashierId: till.cashier.userId,
      openingFloat: money(100),
      expectedCash: money(100),
      closedAt: null,
    });
    expect((await openSessionFor(till.ctx.db, till.ctx)).id).toBe(session.id);
    expect((await sessionInView(till.ctx.db, till.ctx)).id).toBe(session.id);
    expect([...(await openSessionsOf(till.ctx.db, [session.registerId])).values()]).toEqual([session]);
    expect((await sessionsByIds(till.ctx.db, [session.id, 'none'])).get(session.id)).toEqual(session);
  });

  it('happens once: of twenty at the same time one succeeds', async () => {
    const codes = await Promise.all(Array.from({ length: 20 }, () => codeOf(open())));
    expect(codes.filter((code) => code === 'none')).toHaveLength(1);
    expect(codes.filter((code) => code === 'REGISTER_OPEN')).toHaveLength(19);
  });

  it('gives the same session for the same idempotency key', async () => {
    const input = { registerId: till.registers[0]!.id, openingFloat: money('100.00') };
    const keyed = () => ({
      ...till.ctx,
      reply: {},
      request: { ...till.ctx.request, idempotencyKey: 'open-1' },
    });
    const first = await openRegister(keyed(), input);
    const again = keyed();
    expect(await openRegister(again, input)).toEqual(first);
    expect(again.reply).toEqual({ replayed: true });
    expect(await codeOf(openRegister(keyed(), { ...input, openingFloat: money(1) }))).toBe(
      'IDEMPOTENCY_KEY_REUSED',
    );
  });

  it('refuses what is no float, no register, and no register of the branch', async () => {
    expect(await codeOf(open('-1'))).toBe('NEGATIVE');
    expect(await codeOf(open('1.001'))).toBe('PRECISION');
    expect(await codeOf(openRegister(till.ctx, { registerId: 'nonsense', openingFloat: money(0) }))).toBe(
      'NOT_FOUND',
    );
    const elsewhere = db.contextFor({ ...till.cashier, branchId: randomUUID() });
    expect(
      await codeOf(openRegister(elsewhere, { registerId: till.registers[0]!.id, openingFloat: money(0) })),
    ).toBe('FORBIDDEN');
    const foreign = db.contextFor(userActor({ scopes: ['pos:register', 'pos:override'] }));
    expect(
      await codeOf(openRegister(foreign, { registerId: till.registers[0]!.id, openingFloat: money(0) })),
    ).toBe('NOT_FOUND');
    expect(await codeOf(openSessionFor(till.ctx.db, till.ctx))).toBe('REGISTER_CLOSED');
    expect(await codeOf(sessionInView(till.ctx.db, till.ctx))).toBe('NOT_FOUND');
  });

  it('refuses a register that is switched off, and an open one is not switched off', async () => {
    const [first, second] = till.registers;
    await updateRegister(till.ctx, first!.id, { active: false });
    expect(await codeOf(open())).toBe('ILLEGAL_STATE');
    await open('0', 1);
    expect(await codeOf(updateRegister(till.ctx, second!.id, { active: false }))).toBe('REGISTER_OPEN');
  });
});

describe('which session is meant', () => {
  it('is the named register’s, or the caller’s only one', async () => {
    const first = await open();
    await open('0', 1);
    expect(await codeOf(openSessionFor(till.ctx.db, till.ctx))).toBe('AMBIGUOUS');
    expect((await openSessionFor(till.ctx.db, till.ctx, first.registerId)).id).toBe(first.id);
    expect(await codeOf(sessionInView(till.ctx.db, till.ctx))).toBe('AMBIGUOUS');
    const colleague = db.contextFor(till.colleague);
    expect(await codeOf(sessionInView(colleague.db, colleague))).toBe('NOT_FOUND');
    expect((await openSessionFor(colleague.db, colleague, first.registerId)).id).toBe(first.id);
  });

  it('is never the register of another cashier, but the error names the open ones of the branch', async () => {
    const first = await open();
    const colleague = db.contextFor(till.colleague);
    const details = {
      message:
        'You have no open register. Open in your branch: Till 1. Name one, or open your own with POST /pos/register/open.',
      facts: { openRegisters: [{ id: first.registerId, name: 'Till 1' }] },
    };
    await expect(openSessionFor(colleague.db, colleague)).rejects.toMatchObject({
      code: 'REGISTER_CLOSED',
      ...details,
    });
    await expect(sessionInView(colleague.db, colleague)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      ...details,
    });
    expect(await ownSession(colleague.db, colleague)).toBeUndefined();
    expect((await sessionInView(colleague.db, colleague, first.registerId)).id).toBe(first.id);
  });

  it('is the only open one of the branch for a manager, to look at and to work in', async () => {
    const first = await open();
    const manager = db.contextFor(till.manager);
    expect((await sessionInView(manager.db, manager)).id).toBe(first.id);
    expect((await openSessionFor(manager.db, manager)).id).toBe(first.id);
    expect(await ownSession(manager.db, manager)).toBeUndefined();
    const second = await open('0', 1);
    const several = {
      code: 'VALIDATION_FAILED',
      message: 'Several registers are open in your branch: Till 1, Till 2. Name one.',
      errors: [{ field: 'registerId', code: 'AMBIGUOUS' }],
      facts: {
        openRegisters: [
          { id: first.registerId, name: 'Till 1' },
          { id: second.registerId, name: 'Till 2' },
        ],
      },
    };
    for (const ctx of [manager, till.ctx]) {
      await expect(sessionInView(ctx.db, ctx)).rejects.toMatchObject(several);
      await expect(openSessionFor(ctx.db, ctx)).rejects.toMatchObject(several);
    }
    const elsewhere = db.contextFor({ ...till.manager, branchId: randomUUID() });
    await expect(openSessionFor(elsewhere.db, elsewhere)).rejects.toMatchObject({
      message:
        'You have no open register. No register of your branch is open. Open one with POST /pos/register/open.',
      facts: { openRegisters: [] },
    });
  });

  it('is nobody else’s organization’s', async () => {
    const session = await open();
    const foreign = db.contextFor(userActor({ scopes: ['pos:register', 'pos:override', 'reports:read'] }));
    expect(await codeOf(openSessionFor(foreign.db, foreign, session.registerId))).toBe('NOT_FOUND');
    expect(await codeOf(xReport(foreign, session.registerId))).toBe('NOT_FOUND');
    expect(await codeOf(verifyChain(foreign, session.registerId))).toBe('NOT_FOUND');
    expect(await codeOf(registerSessions(foreign, { id: session.registerId }))).toBe('NOT_FOUND');
    expect(await sessionsByIds(foreign.db, [session.id])).toEqual(new Map());
    expect(await codeOf(post(foreign, session.id, cashSale(1)))).toBe('REGISTER_CLOSED');
  });
});

describe('cash in and out', () => {
  it('moves the drawer and is noted', async () => {
    const session = await open();
    const put = await moveCash(till.ctx, 'cash_in', { amount: money('20.00'), reason: ' change ' });
    expect(put).toMatchObject({
      kind: 'cash_in',
      amount: money(20),
      reason: 'change',
      expectedCash: money(120),
      currency: 'EUR',
    });
    const taken = await moveCash(till.ctx, 'cash_out', { amount: money('120.00'), reason: 'bank' });
    expect(taken).toMatchObject({
      kind: 'cash_out',
      amount: money(120),
      expectedCash: money(0),
      userId: till.cashier.userId,
    });
    for (const id of [session.id, undefined]) {
      const { items } = await listCashMovements(till.ctx, id, {});
      expect(items.map((movement) => movement.id)).toEqual([put.id, taken.id]);
    }
    expect(await codeOf(listCashMovements(till.ctx, randomUUID(), {}))).toBe('NOT_FOUND');
  });

  it('takes out no more than should be there, nothing of others, and nothing from a closed drawer', async () => {
    expect(await codeOf(moveCash(till.ctx, 'cash_in', { amount: money(1), reason: 'x' }))).toBe(
      'REGISTER_CLOSED',
    );
    const { registerId } = await open();
    expect(await codeOf(moveCash(till.ctx, 'cash_out', { amount: money('100.01'), reason: 'x' }))).toBe(
      'EXCEEDS_DRAWER',
    );
    expect(await codeOf(moveCash(till.ctx, 'cash_out', { amount: money(0), reason: 'x' }))).toBe(
      'NOT_POSITIVE',
    );
    expect(await codeOf(moveCash(till.ctx, 'cash_in', { amount: money(1), reason: ' ' }))).toBe('REQUIRED');
    const colleague = db.contextFor(till.colleague);
    expect(await codeOf(moveCash(colleague, 'cash_out', { amount: money(1), reason: 'x', registerId }))).toBe(
      'FORBIDDEN',
    );
    const manager = db.contextFor(till.manager);
    expect(await codeOf(moveCash(manager, 'cash_out', { amount: money(1), reason: 'x', registerId }))).toBe(
      'none',
    );
  });

  it('leaves the drawer at zero, never below, when many take at once', async () => {
    await open('50');
    const codes = await Promise.all(
      Array.from({ length: 10 }, () =>
        codeOf(moveCash(till.ctx, 'cash_out', { amount: money(10), reason: 'x' })),
      ),
    );
    expect(codes.filter((code) => code === 'none')).toHaveLength(5);
    expect((await sessionInView(till.ctx.db, till.ctx)).expectedCash).toEqual(money(0));
  });
});

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

  it('X tells the figures so far and writes nothing', async () => {
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

  it('Z closes the session with the same figures, the count and its seal', async () => {
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
    const [closed] = (await registerSessions(till.ctx, { id: session.registerId, status: 'closed' })).items;
    expect(closed).toMatchObject({
      id: session.id,
      status: 'closed',
      countedCash: money('104.00'),
      note: 'coins missing',
    });
    expect(await codeOf(closeRegister(till.ctx, { countedCash: money(0) }))).toBe('REGISTER_CLOSED');
    expect(await codeOf(post(till.ctx, session.id, cashSale(1)))).toBe('REGISTER_CLOSED');
  });

  it('Z numbers and the grand total go on, and refunds do not lower it', async () => {
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
      fault: null,
    });
    expect(await codeOf(zReport(till.ctx, { registerId, number: 3 }))).toBe('NOT_FOUND');
  });

  it('the same key closes once, and answers the same report again', async () => {
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

  it('only who opened it, or who may override, closes a register', async () => {
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

describe('registers', () => {
  it('are made in a branch with its currency, and listed', async () => {
    const owner = await createOwner(db, { currency: 'JPY' });
    const made = await createRegister(owner.ctx, { name: ' Front ', code: 'F1' });
    expect(made).toMatchObject({
      branchId: owner.branchId,
      name: 'Front',
      code: 'F1',
      currency: 'JPY',
      active: true,
      lastZNumber: 0,
    });
    expect(await codeOf(createRegister(owner.ctx, { name: 'Back', code: 'F1' }))).toBe('TAKEN');
    expect(await codeOf(createRegister(owner.ctx, { name: '', code: 'F2' }))).toBe('REQUIRED');
    const second = await createRegister(owner.ctx, { name: 'Back', code: 'F2' });
    expect(await codeOf(updateRegister(owner.ctx, second.id, { code: 'F1' }))).toBe('TAKEN');
    expect(await updateRegister(owner.ctx, second.id, { name: 'Rear' })).toMatchObject({
      name: 'Rear',
      code: 'F2',
      active: true,
    });
    const page = await listRegisters(owner.ctx, { branchId: owner.branchId, active: true });
    expect(page.items.map(({ name }) => name)).toEqual(['Front', 'Rear']);
    expect((await listRegisters(owner.ctx, { branchId: 'nonsense' })).items).toEqual([]);
    expect(await codeOf(openRegister(owner.ctx, { registerId: made.id, openingFloat: money('0.5') }))).toBe(
      'PRECISION',
    );
  });

  it('tell listeners what happens to them', async () => {
    const { registerId } = await open();
    await moveCash(till.ctx, 'cash_in', { amount: money(1), reason: 'x' });
    await closeRegister(till.ctx, { countedCash: money(101) });
    const events = await db.services.database.system.many<{ payload: Record<string, unknown> }>(sql`
      select payload from outbox_events where type = 'register.changed' and key = ${registerId} order by sequence`);
    expect(events.map(({ payload }) => payload)).toMatchObject([
      { status: 'open' },
      { status: 'open' },
      { status: 'closed', number: 1, difference: '0.00' },
    ]);
  });
});
