import { randomUUID } from 'node:crypto';
import type { RequestContext } from '#kernel/context';
import { openRegister, openSessionFor } from '#subgraphs/registers/index';
import { updateRegister } from '#subgraphs/registers/register/registers';
import { sessionInView } from '#subgraphs/registers/sessions/resolve-session';
import { openSessionsByRegister, sessionsByIds } from '#subgraphs/registers/sessions/sessions.queries';
import { userActor } from '#test/harness/actors';
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

describe('opening', () => {
  it('begins a session with its float in the drawer', async () => {
    const session = await open();
    expect(session).toMatchObject({
      registerId: shop.registers[0]!.id,
      registerName: 'Till 1',
      branchId: shop.branchId,
      status: 'open',
      currency: 'EUR',
      openedBy: shop.cashier.userId,
      cashierId: shop.cashier.userId,
      openingFloat: amount(100),
      expectedCash: amount(100),
      closedAt: null,
    });
    expect((await openSessionFor(ctx.db, ctx)).id).toBe(session.id);
    expect((await sessionInView(ctx.db, ctx)).id).toBe(session.id);
    expect([...(await openSessionsByRegister(ctx.db, [session.registerId])).values()]).toEqual([session]);
    expect((await sessionsByIds(ctx.db, [session.id, 'none'])).get(session.id)).toEqual(session);
  });

  it('succeeds for one of twenty concurrent requests', async () => {
    const codes = await Promise.all(Array.from({ length: 20 }, () => fieldCodeOf(open())));
    expect(codes.filter((code) => code === 'none')).toHaveLength(1);
    expect(codes.filter((code) => code === 'REGISTER_OPEN')).toHaveLength(19);
  });

  it('returns the same session for the same idempotency key', async () => {
    const input = { registerId: shop.registers[0]!.id, openingFloat: amount('100.00') };
    const keyed = () => ({
      ...ctx,
      reply: {},
      request: { ...ctx.request, idempotencyKey: 'open-1' },
    });
    const first = await openRegister(keyed(), input);
    const again = keyed();
    expect(await openRegister(again, input)).toEqual(first);
    expect(again.reply).toEqual({ replayed: true });
    expect(await fieldCodeOf(openRegister(keyed(), { ...input, openingFloat: amount(1) }))).toBe(
      'IDEMPOTENCY_KEY_REUSED',
    );
  });

  it('rejects an invalid float, an unknown register, and a register of another branch', async () => {
    expect(await fieldCodeOf(open('-1'))).toBe('NEGATIVE');
    expect(await fieldCodeOf(open('1.001'))).toBe('PRECISION');
    expect(await fieldCodeOf(openRegister(ctx, { registerId: 'nonsense', openingFloat: amount(0) }))).toBe(
      'NOT_FOUND',
    );
    const elsewhere = db.contextFor({ ...shop.cashier, branchId: randomUUID() });
    expect(
      await fieldCodeOf(
        openRegister(elsewhere, { registerId: shop.registers[0]!.id, openingFloat: amount(0) }),
      ),
    ).toBe('FORBIDDEN');
    const foreign = db.contextFor(userActor({ scopes: ['pos:register', 'pos:override'] }));
    expect(
      await fieldCodeOf(
        openRegister(foreign, { registerId: shop.registers[0]!.id, openingFloat: amount(0) }),
      ),
    ).toBe('NOT_FOUND');
    expect(await fieldCodeOf(openSessionFor(ctx.db, ctx))).toBe('REGISTER_CLOSED');
    expect(await fieldCodeOf(sessionInView(ctx.db, ctx))).toBe('NOT_FOUND');
  });

  it('rejects an inactive register; an open register cannot be deactivated', async () => {
    const [first, second] = shop.registers;
    await updateRegister(ctx, first!.id, { active: false });
    expect(await fieldCodeOf(open())).toBe('ILLEGAL_STATE');
    await open('0', 1);
    expect(await fieldCodeOf(updateRegister(ctx, second!.id, { active: false }))).toBe('REGISTER_OPEN');
  });
});
