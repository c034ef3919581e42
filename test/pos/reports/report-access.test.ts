/** The X-report and the report of a session, read by the cashiers of its drawer, who lack "reports:read". */
import type { Scope } from '#kernel/auth/scopes';
import { checkout } from '#subgraphs/pos/index';
import { shiftReport } from '#subgraphs/pos/reports/shift-report';
import {
  closeRegister,
  handOver,
  openRegister,
  updateTillSettings,
  xReport,
} from '#subgraphs/registers/index';
import { createColleagueOf, userActor } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill } from '#test/harness/shop';
import { amount, errorOf, textOf } from '#test/harness/values';

let db: TestDatabase;
beforeAll(async () => (db = await testDatabase()));
afterAll(() => db.close());

const CASHIER: readonly Scope[] = ['pos:sell', 'pos:register'];

/** A register that a cashier has opened and sold at, and another cashier of the shop. */
async function cashierAtWork() {
  const till = await openTill(db);
  const cashier = till.as(CASHIER);
  await checkout(cashier, { items: [{ sku: 'TEA', quantity: amount(2) }], paymentMethod: 'cash' });
  const { id: userId } = await createColleagueOf(db, till, 'cashier');
  const { organizationId, branchId } = till;
  const colleague = db.contextFor(userActor({ organizationId, branchId, userId, scopes: CASHIER }));
  return { till, cashier, colleague, colleagueId: userId };
}

const refusal = async (work: Promise<unknown>) => {
  const { code, message, details } = await errorOf(work);
  return [code, message.split(/[.:] /)[0], details];
};
const COLLEAGUES = [
  'FORBIDDEN',
  `Reading the report of another cashier's register requires the permission "pos:override".`,
  { scope: 'pos:override' },
];
const BLIND = ['FORBIDDEN', 'Drawers are counted blind in this shop', { scope: 'reports:read' }];

it('a cashier reads the reports of their own session, and no others', async () => {
  const { till, cashier, colleague } = await cashierAtWork();
  expect(textOf((await xReport(cashier)).expectedCash)).toBe('107');
  expect((await shiftReport(cashier, {})).session).toMatchObject({ id: till.sessionId, salesCount: 1 });
  const { registerId, sessionId: registerSessionId } = till;
  expect(await refusal(xReport(colleague, registerId))).toEqual(COLLEAGUES);
  expect(await refusal(shiftReport(colleague, { registerId }))).toEqual(COLLEAGUES);
  expect(await refusal(shiftReport(colleague, { registerSessionId }))).toEqual(COLLEAGUES);

  await closeRegister(cashier, { countedCash: amount(107) });
  expect((await shiftReport(cashier, {})).session).toMatchObject({ id: till.sessionId, status: 'closed' });
  expect(await refusal(shiftReport(colleague, { registerSessionId }))).toEqual(COLLEAGUES);
});

it('a handed-over session is reported to whoever opened it and to whoever works in it', async () => {
  const { till, cashier, colleague, colleagueId } = await cashierAtWork();
  const { registerId, sessionId: registerSessionId } = till;
  await handOver(cashier, { toUserId: colleagueId });
  for (const reader of [cashier, colleague]) {
    expect((await xReport(reader, registerId)).sessionId).toBe(registerSessionId);
    expect((await shiftReport(reader, { registerSessionId })).session.id).toBe(registerSessionId);
  }
});

it('where drawers are counted blind, a cashier reads the report once the register is closed', async () => {
  const { till, cashier } = await cashierAtWork();
  await updateTillSettings(till.ctx, { blindClose: true });
  const { sessionId: registerSessionId } = till;
  expect(await refusal(xReport(cashier))).toEqual(BLIND);
  expect(await refusal(shiftReport(cashier, {}))).toEqual(BLIND);
  expect(await refusal(shiftReport(cashier, { registerSessionId }))).toEqual(BLIND);
  const manager = till.as(['pos:register', 'reports:read']);
  expect(textOf((await xReport(manager)).expectedCash)).toBe('107');

  await closeRegister(cashier, { countedCash: amount(106) });
  const { session } = await shiftReport(cashier, { registerSessionId });
  expect([textOf(session.expectedCash), textOf(session.countedCash)]).toEqual(['107', '106']);
  await openRegister(cashier, { registerId: till.registerId, openingFloat: amount(50) });
  expect(await refusal(shiftReport(cashier, {}))).toEqual(BLIND);
});
