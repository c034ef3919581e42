import { ALL_SCOPES } from '#kernel/auth/scopes';
import { createUser } from '#subgraphs/auth/index';
import { refundOrder } from '#subgraphs/orders/index';
import { checkout } from '#subgraphs/pos/index';
import { cashierReport, shiftReport } from '#subgraphs/pos/reports/shift-report';
import { voidOrder } from '#subgraphs/pos/returns/voids';
import { closeRegister, handOver } from '#subgraphs/registers/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { amount, codeOf, errorOf, textOf } from '#test/harness/values';

let db: TestDatabase;
beforeAll(async () => (db = await testDatabase()));
afterAll(() => db.close());

const tea = (quantity: number) => [{ sku: 'TEA', quantity: amount(quantity) }];

async function colleagueOf({ organizationId, branchId, actor, ctx }: Till, name: string) {
  const id = ctx.ids.next();
  await createUser(db.services, {
    id,
    organizationId,
    email: `${id}@example.com`,
    name,
    role: 'cashier',
    branchId,
  });
  return { id, as: () => db.contextFor({ ...actor, userId: id, scopes: new Set<string>(ALL_SCOPES) }) };
}

it('hands a register over; each cashier is responsible for their own part', async () => {
  const till = await openTill(db);
  const [ben, cleo] = [await colleagueOf(till, 'Ben'), await colleagueOf(till, 'Cleo')];
  await handOver(till.ctx, { toUserId: ben.id });
  await checkout(ben.as(), { items: tea(4), paymentMethod: 'cash', discount: { percent: amount(10) } });
  await checkout(ben.as(), {
    items: [{ sku: 'TEA', quantity: amount(1), unitPrice: amount(3) }],
    paymentMethod: 'cash',
  });
  // 100 + 12.60 + 3.00 = 115.60; 0.60 is missing.
  const handover = await handOver(ben.as(), {
    toUserId: cleo.id,
    denominations: [
      { value: amount(50), count: 2 },
      { value: amount(5), count: 3 },
    ],
  });
  expect([textOf(handover.expectedCash), textOf(handover.countedCash), handover.fromUserId]).toEqual([
    '115.6',
    '115',
    ben.id,
  ]);
  expect(await codeOf(checkout(ben.as(), { items: tea(1), paymentMethod: 'cash' }))).toBe('REGISTER_CLOSED');
  const { order } = await checkout(cleo.as(), {
    items: tea(2),
    paymentMethod: 'card',
    tip: { method: 'card', amount: amount(1) },
  });
  await voidOrder(cleo.as(), order.id, { reason: 'x' });
  const kept = await checkout(cleo.as(), { items: tea(2), paymentMethod: 'cash' });
  await refundOrder(cleo.as(), kept.order.id, { registerId: till.registerId });
  // 115.60 are expected, 115.10 are there: Cleo has found 0.10 of what Ben lacked.
  const report = await closeRegister(cleo.as(), { countedCash: amount('115.10') });
  expect([report.difference, report.netSales, report.voids].map(textOf)).toEqual(['-0.5', '15.6', '7']);

  const shift = await shiftReport(till.ctx, { registerSessionId: till.sessionId });
  expect(shift.cashiers.map((row) => [
    row.cashierName, row.sales, row.returns, textOf(row.unitsSold), textOf(row.gross), textOf(row.discounts), row.discountedSales,
    row.overrides, textOf(row.overridden), textOf(row.refunds), row.voidsCount, textOf(row.voids), textOf(row.net), textOf(row.tips),
    textOf(row.cashDifference),
  ])).toEqual([
    ['Ben', 2, 0, '5', '17', '1.4', 1, 1, '0.5', '0', 0, '0', '15.6', '0', '-0.6'],
    ['Cleo', 2, 2, '4', '14', '0', 0, 0, '0', '14', 1, '7', '0', '0', '0.1'],
  ]); // prettier-ignore
  expect([shift.session.salesCount, shift.session.returnsCount, textOf(shift.session.countedCash)]).toEqual([
    4,
    2,
    '115.1',
  ]);

  const today = await cashierReport(till.ctx, {});
  expect(today.from).toBe(kept.order.businessDate);
  expect(
    today.cashiers.map(({ cashierName, net, cashDifference }) => [
      cashierName,
      textOf(net),
      textOf(cashDifference),
    ]),
  ).toEqual([
    ['Ben', '15.6', '-0.6'],
    ['Cleo', '0', '0.1'],
  ]);
  const onlyBen = await cashierReport(till.ctx, { cashierId: ben.id });
  expect(onlyBen.cashiers.map(({ cashierName }) => cashierName)).toEqual(['Ben']);
  expect((await cashierReport(till.ctx, { from: '2020-01-01', to: '2020-12-31' })).cashiers).toEqual([]);
});

it('reports the caller’s open session, or else their last one', async () => {
  const till = await openTill(db);
  await checkout(till.ctx, { items: tea(1), paymentMethod: 'cash' });
  expect((await shiftReport(till.ctx, {})).session).toMatchObject({
    id: till.sessionId,
    status: 'open',
    salesCount: 1,
  });
  await closeRegister(till.ctx, { countedCash: amount('103.50') });
  expect((await shiftReport(till.ctx, {})).session).toMatchObject({ id: till.sessionId, status: 'closed' });
  expect((await shiftReport(till.ctx, { registerId: till.registerId })).session.id).toBe(till.sessionId);
  expect(await codeOf(shiftReport(till.ctx, { registerSessionId: till.ctx.ids.next() }))).toBe('NOT_FOUND');
  expect(await codeOf(cashierReport(till.ctx, { from: '2026-01-02', to: '2026-01-01' }))).toBe(
    'VALIDATION_FAILED',
  );
  expect(await codeOf(cashierReport(till.ctx, { from: '2020-01-01', to: '2026-01-01' }))).toBe(
    'VALIDATION_FAILED',
  );
});

it('hands over only to users of the organization, and not to the present cashier', async () => {
  const [till, other] = [await openTill(db), await openTill(db)];
  const stranger = await colleagueOf(other, 'Stranger');
  const codes = [];
  for (const toUserId of [stranger.id, 'nobody', till.ctx.ids.next(), till.actor.userId]) {
    codes.push((await errorOf(handOver(till.ctx, { toUserId }))).errors?.[0]?.code);
  }
  expect(codes).toEqual([...Array<string>(3).fill('USER_NOT_FOUND'), 'SAME_CASHIER']);
  const ben = await colleagueOf(till, 'Ben');
  const notHis = db.contextFor({ ...till.actor, userId: ben.id, scopes: new Set(['pos:register']) });
  expect(await codeOf(handOver(notHis, { toUserId: ben.id, registerId: till.registerId }))).toBe('FORBIDDEN');
  await handOver(till.ctx, { toUserId: ben.id });
  expect((await errorOf(handOver(ben.as(), { toUserId: ben.id }))).errors?.[0]?.code).toBe('SAME_CASHIER');
});
