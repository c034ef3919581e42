import { randomUUID } from 'node:crypto';
import { openRegister, openSessionFor } from '#subgraphs/registers/index';
import { updateRegister } from '#subgraphs/registers/register/registers';
import { sessionInView } from '#subgraphs/registers/sessions/resolve-session';
import { openSessionsByRegister, sessionsByIds } from '#subgraphs/registers/sessions/sessions.queries';
import { userActor } from '#test/harness/actors';
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
    expect([...(await openSessionsByRegister(till.ctx.db, [session.registerId])).values()]).toEqual([
      session,
    ]);
    expect((await sessionsByIds(till.ctx.db, [session.id, 'none'])).get(session.id)).toEqual(session);
  });

  it('succeeds for one of twenty concurrent requests', async () => {
    const codes = await Promise.all(Array.from({ length: 20 }, () => codeOf(open())));
    expect(codes.filter((code) => code === 'none')).toHaveLength(1);
    expect(codes.filter((code) => code === 'REGISTER_OPEN')).toHaveLength(19);
  });

  it('returns the same session for the same idempotency key', async () => {
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

  it('rejects an invalid float, an unknown register, and a register of another branch', async () => {
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

  it('rejects an inactive register; an open register cannot be deactivated', async () => {
    const [first, second] = till.registers;
    await updateRegister(till.ctx, first!.id, { active: false });
    expect(await codeOf(open())).toBe('ILLEGAL_STATE');
    await open('0', 1);
    expect(await codeOf(updateRegister(till.ctx, second!.id, { active: false }))).toBe('REGISTER_OPEN');
  });
});
