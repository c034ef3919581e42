import { randomUUID } from 'node:crypto';
import { listCashMovements } from '#subgraphs/registers/cash/cash-movements';
import { moveCash, openRegister } from '#subgraphs/registers/index';
import { sessionInView } from '#subgraphs/registers/sessions/resolve-session';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { codeOf, makeTill, money, type Till } from '#test/registers/kit';

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

describe('cash in and out', () => {
  it('changes the expected cash and is stored', async () => {
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

  it('is rejected above the expected cash, at another cashier’s register, and at a closed register', async () => {
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

  it('never takes the expected cash below zero, even with concurrent requests', async () => {
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
