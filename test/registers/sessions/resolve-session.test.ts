import { randomUUID } from 'node:crypto';
import { openRegister, openSessionFor, findOwnSession } from '#subgraphs/registers/index';
import { xReport } from '#subgraphs/registers/reports/x-report';
import { verifyChain } from '#subgraphs/registers/reports/z-reports';
import { sessionInView } from '#subgraphs/registers/sessions/resolve-session';
import { listSessions, sessionsByIds } from '#subgraphs/registers/sessions/sessions.queries';
import { userActor } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { cashSale, codeOf, makeTill, money, post, type Till } from '#test/registers/kit';

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

describe('the session of a call', () => {
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
    expect(await findOwnSession(colleague.db, colleague)).toBeUndefined();
    expect((await sessionInView(colleague.db, colleague, first.registerId)).id).toBe(first.id);
  });

  it('is the branch’s only open one for a manager, for reads and writes', async () => {
    const first = await open();
    const manager = db.contextFor(till.manager);
    expect((await sessionInView(manager.db, manager)).id).toBe(first.id);
    expect((await openSessionFor(manager.db, manager)).id).toBe(first.id);
    expect(await findOwnSession(manager.db, manager)).toBeUndefined();
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

  it('is never that of another organization', async () => {
    const session = await open();
    const foreign = db.contextFor(userActor({ scopes: ['pos:register', 'pos:override', 'reports:read'] }));
    expect(await codeOf(openSessionFor(foreign.db, foreign, session.registerId))).toBe('NOT_FOUND');
    expect(await codeOf(xReport(foreign, session.registerId))).toBe('NOT_FOUND');
    expect(await codeOf(verifyChain(foreign, session.registerId))).toBe('NOT_FOUND');
    expect(await codeOf(listSessions(foreign, { registerId: session.registerId }))).toBe('NOT_FOUND');
    expect(await sessionsByIds(foreign.db, [session.id])).toEqual(new Map());
    expect(await codeOf(post(foreign, session.id, cashSale(1)))).toBe('REGISTER_CLOSED');
  });
});
