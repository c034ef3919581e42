import { randomUUID } from 'node:crypto';
import type { RequestContext } from '#kernel/context';
import { openRegister, openSessionFor, findOwnSession } from '#subgraphs/registers/index';
import { xReport } from '#subgraphs/registers/reports/x-report';
import { verifyChain } from '#subgraphs/registers/reports/z-reports';
import { sessionInView } from '#subgraphs/registers/sessions/resolve-session';
import { listSessions, sessionsByIds } from '#subgraphs/registers/sessions/sessions.queries';
import { userActor } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, fieldCodeOf } from '#test/harness/values';
import { cashSale, post } from '#test/registers/session-entries';

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

describe('the session of a call', () => {
  it('is the named register’s, or the caller’s only one', async () => {
    const first = await open();
    await open('0', 1);
    expect(await fieldCodeOf(openSessionFor(ctx.db, ctx))).toBe('AMBIGUOUS');
    expect((await openSessionFor(ctx.db, ctx, first.registerId)).id).toBe(first.id);
    expect(await fieldCodeOf(sessionInView(ctx.db, ctx))).toBe('AMBIGUOUS');
    const colleague = db.contextFor(shop.colleague);
    expect(await fieldCodeOf(sessionInView(colleague.db, colleague))).toBe('NOT_FOUND');
    expect((await openSessionFor(colleague.db, colleague, first.registerId)).id).toBe(first.id);
  });

  it('is never the register of another cashier, but the error names the open ones of the branch', async () => {
    const first = await open();
    const colleague = db.contextFor(shop.colleague);
    const details = {
      message:
        'You have no open register. Open in your branch: Till 1. Name one, or open your own with POST /pos/register/open.',
      details: { openRegisters: [{ id: first.registerId, name: 'Till 1' }] },
    };
    await expect(openSessionFor(colleague.db, colleague)).rejects.toMatchObject({
      code: 'REGISTER_CLOSED',
      ...details,
    });
    await expect(sessionInView(colleague.db, colleague)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      ...details,
    });
    expect(await findOwnSession(colleague.db, colleague)).toBeUndefined();
    expect((await sessionInView(colleague.db, colleague, first.registerId)).id).toBe(first.id);
  });

  it('is the branch’s only open one for a manager, for reads and writes', async () => {
    const first = await open();
    const manager = db.contextFor(shop.manager);
    expect((await sessionInView(manager.db, manager)).id).toBe(first.id);
    expect((await openSessionFor(manager.db, manager)).id).toBe(first.id);
    expect(await findOwnSession(manager.db, manager)).toBeUndefined();
    const second = await open('0', 1);
    const several = {
      code: 'VALIDATION_FAILED',
      message: 'Several registers are open in your branch: Till 1, Till 2. Name one.',
      errors: [{ field: 'registerId', code: 'AMBIGUOUS' }],
      details: {
        openRegisters: [
          { id: first.registerId, name: 'Till 1' },
          { id: second.registerId, name: 'Till 2' },
        ],
      },
    };
    for (const caller of [manager, ctx]) {
      await expect(sessionInView(caller.db, caller)).rejects.toMatchObject(several);
      await expect(openSessionFor(caller.db, caller)).rejects.toMatchObject(several);
    }
    const elsewhere = db.contextFor({ ...shop.manager, branchId: randomUUID() });
    await expect(openSessionFor(elsewhere.db, elsewhere)).rejects.toMatchObject({
      message:
        'You have no open register. No register of your branch is open. Open one with POST /pos/register/open.',
      details: { openRegisters: [] },
    });
  });

  it('is never that of another organization', async () => {
    const session = await open();
    const foreign = db.contextFor(userActor({ scopes: ['pos:register', 'pos:override', 'reports:read'] }));
    expect(await fieldCodeOf(openSessionFor(foreign.db, foreign, session.registerId))).toBe('NOT_FOUND');
    expect(await fieldCodeOf(xReport(foreign, session.registerId))).toBe('NOT_FOUND');
    expect(await fieldCodeOf(verifyChain(foreign, session.registerId))).toBe('NOT_FOUND');
    expect(await fieldCodeOf(listSessions(foreign, { registerId: session.registerId }))).toBe('NOT_FOUND');
    expect(await sessionsByIds(foreign.db, [session.id])).toEqual(new Map());
    expect(await fieldCodeOf(post(foreign, session.id, cashSale(1)))).toBe('REGISTER_CLOSED');
  });
});
