import { randomUUID } from 'node:crypto';
import type { RequestContext } from '#kernel/context';
import { listCashMovements } from '#subgraphs/registers/cash/cash-movements';
import { moveCash, openRegister } from '#subgraphs/registers/index';
import { sessionInView } from '#subgraphs/registers/sessions/resolve-session';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, fieldCodeOf } from '#test/harness/values';

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

describe('cash in and out', () => {
  it('changes the expected cash and is stored', async () => {
    const session = await open();
    const put = await moveCash(ctx, 'cash_in', { amount: amount('20.00'), reason: ' change ' });
    expect(put).toMatchObject({
      kind: 'cash_in',
      amount: amount(20),
      reason: 'change',
      expectedCash: amount(120),
      currency: 'EUR',
    });
    const taken = await moveCash(ctx, 'cash_out', { amount: amount('120.00'), reason: 'bank' });
    expect(taken).toMatchObject({
      kind: 'cash_out',
      amount: amount(120),
      expectedCash: amount(0),
      userId: shop.cashier.userId,
    });
    for (const id of [session.id, undefined]) {
      const { items } = await listCashMovements(ctx, id, {});
      expect(items.map((movement) => movement.id)).toEqual([put.id, taken.id]);
    }
    expect(await fieldCodeOf(listCashMovements(ctx, randomUUID(), {}))).toBe('NOT_FOUND');
  });

  it('is rejected above the expected cash, at another cashier’s register, and at a closed register', async () => {
    expect(await fieldCodeOf(moveCash(ctx, 'cash_in', { amount: amount(1), reason: 'x' }))).toBe(
      'REGISTER_CLOSED',
    );
    const { registerId } = await open();
    expect(await fieldCodeOf(moveCash(ctx, 'cash_out', { amount: amount('100.01'), reason: 'x' }))).toBe(
      'EXCEEDS_DRAWER',
    );
    expect(await fieldCodeOf(moveCash(ctx, 'cash_out', { amount: amount(0), reason: 'x' }))).toBe(
      'NOT_POSITIVE',
    );
    expect(await fieldCodeOf(moveCash(ctx, 'cash_in', { amount: amount(1), reason: ' ' }))).toBe('REQUIRED');
    const colleague = db.contextFor(shop.colleague);
    expect(
      await fieldCodeOf(moveCash(colleague, 'cash_out', { amount: amount(1), reason: 'x', registerId })),
    ).toBe('FORBIDDEN');
    const manager = db.contextFor(shop.manager);
    expect(
      await fieldCodeOf(moveCash(manager, 'cash_out', { amount: amount(1), reason: 'x', registerId })),
    ).toBe('none');
  });

  it('never takes the expected cash below zero, even with concurrent requests', async () => {
    await open('50');
    const codes = await Promise.all(
      Array.from({ length: 10 }, () =>
        fieldCodeOf(moveCash(ctx, 'cash_out', { amount: amount(10), reason: 'x' })),
      ),
    );
    expect(codes.filter((code) => code === 'none')).toHaveLength(5);
    expect((await sessionInView(ctx.db, ctx)).expectedCash).toEqual(amount(0));
  });
});
