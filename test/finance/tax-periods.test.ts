/** Filing periods: frozen with a hash, and late sales reported in the open period with both dates. */
import { SettableClock } from '#kernel/clock';
import { sql } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import type { PublishedEvent } from '#kernel/events/bus';
import { closeTaxPeriod } from '#subgraphs/analytics/finance/tax-periods/close-tax-period';
import { hashPeriod } from '#subgraphs/analytics/finance/tax-periods/tax-period-hash.rules';
import {
  listTaxPeriods,
  rowsOfTaxPeriod,
} from '#subgraphs/analytics/finance/tax-periods/tax-periods.queries';
import { taxReport, type TaxReport } from '#subgraphs/analytics/finance/tax/tax-report';
import { updateBranch } from '#subgraphs/auth/branches';
import { bookOfflineSales } from '#subgraphs/pos/offline/offline-sales';
import { checkout } from '#subgraphs/pos/sale/checkout';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { asOwner } from '#test/harness/server';
import { openTill, type Till } from '#test/harness/shop';
import { expectError } from '#test/harness/values';

const SALE = new Date('2026-01-31T10:00:00Z');
const CLOSE = new Date('2026-02-01T10:00:00Z');
const LATER = new Date('2026-02-02T10:00:00Z');
const JANUARY = { from: '2026-01-01', to: '2026-01-31' };
const FEBRUARY = { from: '2026-02-01', to: '2026-02-28' };
const MARCH = { from: '2026-03-01', to: '2026-03-31' };
let db: TestDatabase;
let clock: SettableClock;
let till: Till;
beforeAll(async () => {
  clock = new SettableClock(SALE);
  db = await testDatabase({ clock });
});
beforeEach(async () => {
  clock.set(SALE);
  till = await openTill(db, {
    pricesIncludeTax: true,
    articles: [{ sku: 'CHAIR', price: '119.00', service: true }],
  });
});
afterAll(() => db.close());

const text = (value: Decimal) => value.toFixed(2);
const sell = () =>
  checkout(till.ctx, { items: [{ sku: 'CHAIR' }], registerId: till.registerId, paymentMethod: 'card' });
const sellOffline = async (createdAt: Date) => {
  const [result] = await bookOfflineSales(till.ctx, [
    {
      ...{ clientReference: till.ctx.ids.next(), createdAt, items: [{ sku: 'CHAIR' }] },
      ...{ paymentMethod: 'card', registerId: till.registerId },
    },
  ]);
  expect(result!.status).toBe('created');
};
const report = (days: typeof JANUARY) => taxReport(till.ctx, days);
const amounts = ({ rows }: TaxReport) =>
  rows.map(({ rate, net, tax }) => [rate.toFixed(), text(net), text(tax)]);
const late = ({ lateRows }: TaxReport) =>
  lateRows.map(({ businessDate, recordedOn, rate, net, tax }) => [
    ...[businessDate, recordedOn, rate.toFixed()],
    ...[net, tax].map(text),
  ]);

it('F3: freezes a period, and reports a late sale in the open one with both dates', async () => {
  await sell();
  expect((await report(JANUARY)).period).toBeNull();
  clock.set(CLOSE);
  const closed = await closeTaxPeriod(till.ctx, JANUARY);
  const before = await report(JANUARY);
  expect([closed.number, text(closed.net), text(closed.tax), before.period?.hash]).toEqual([
    ...[1, '100.00', '19.00', closed.hash],
  ]);
  clock.set(LATER);
  await sellOffline(new Date('2026-01-31T11:00:00Z'));
  await sell();
  // January stays, also if the branch moves.
  await updateBranch(till.ctx, till.branchId, { country: 'DE' });
  expect(JSON.stringify(await report(JANUARY))).toBe(JSON.stringify(before));
  const february = await report(FEBRUARY);
  expect(amounts(february)).toEqual([['19', '200.00', '38.00']]);
  expect(late(february)).toEqual([['2026-01-31', '2026-02-02', '19', '100.00', '19.00']]);
  expect(text(february.tax)).toBe('38.00');
  // By the day of the sale, nothing is late.
  const both = await report({ from: '2026-01-01', to: '2026-02-28' });
  expect([amounts(both), late(both)]).toEqual([[['19', '300.00', '57.00']], []]);
  // A range after the first open day has no late sales either.
  expect(late(await report({ from: '2026-02-02', to: '2026-02-28' }))).toEqual([]);
});

it('F3: a late sale is reported once: in the next closed period, and not again after it', async () => {
  await sell();
  clock.set(CLOSE);
  await closeTaxPeriod(till.ctx, JANUARY);
  clock.set(LATER);
  await sellOffline(new Date('2026-01-31T11:00:00Z'));
  clock.set(new Date('2026-03-01T10:00:00Z'));
  const february = await closeTaxPeriod(till.ctx, { to: FEBRUARY.to });
  expect([february.number, february.fromDay, text(february.tax)]).toEqual([2, '2026-02-01', '19.00']);
  expect(late(await report(FEBRUARY))).toEqual([['2026-01-31', '2026-02-02', '19', '100.00', '19.00']]);
  await sell();
  const march = await report(MARCH);
  expect([amounts(march), late(march)]).toEqual([[['19', '100.00', '19.00']], []]);
  // A second late sale of the same day is.
  await sellOffline(new Date('2026-02-28T11:00:00Z'));
  expect(late(await report(MARCH))).toEqual([['2026-02-28', '2026-03-01', '19', '100.00', '19.00']]);
});

it('F3: rejects closed days, gaps, days that have not ended, and a first period without a beginning', async () => {
  clock.set(CLOSE);
  await expectError('VALIDATION_FAILED', closeTaxPeriod(till.ctx, { to: '2026-01-31' }));
  await expectError('VALIDATION_FAILED', closeTaxPeriod(till.ctx, { from: '2026-01-01', to: '2026-02-01' }));
  await closeTaxPeriod(till.ctx, JANUARY);
  const again = await expectError('PERIOD_CLOSED', closeTaxPeriod(till.ctx, JANUARY));
  expect([again.status, again.details]).toEqual([
    409,
    { closedUntil: '2026-01-31', firstOpenDay: '2026-02-01' },
  ]);
  clock.set(new Date('2026-04-01T10:00:00Z'));
  await expectError('VALIDATION_FAILED', closeTaxPeriod(till.ctx, MARCH));
  await expectError('VALIDATION_FAILED', closeTaxPeriod(till.ctx, { from: '2026-02-28', to: '2026-02-01' }));
});

it('chains periods by hashes that anyone can verify, and lets no one change them', async () => {
  await sell();
  clock.set(CLOSE);
  const first = await closeTaxPeriod(till.ctx, JANUARY);
  clock.set(new Date('2026-03-01T10:00:00Z'));
  const second = await closeTaxPeriod(till.ctx, FEBRUARY);
  expect([first.previousHash, second.previousHash]).toEqual([null, first.hash]);
  const { items } = await listTaxPeriods(till.ctx.db, {});
  expect(items.map(({ number }) => number)).toEqual([2, 1]);
  const { hash, ...period } = items[1]!;
  const rows = await rowsOfTaxPeriod(till.ctx.db, first.id);
  expect(hashPeriod({ ...period, rows })).toBe(hash);
  expect(
    hashPeriod({ ...period, rows: rows.map((row) => ({ ...row, tax: row.tax.plus('0.01') })) }),
  ).not.toBe(hash);
  for (const statement of [
    `update tax_periods set tax = 0 where id = '${first.id}'`,
    `delete from tax_period_rows where period_id = '${first.id}'`,
  ])
    await expect(asOwner(db.url, statement)).rejects.toThrow();
  await expect(till.ctx.db.run(sql`update tax_periods set tax = 0`)).rejects.toThrow();
});

it('emits an event with the hash, and of two closings at once one is rejected', async () => {
  clock.set(CLOSE);
  const told = new Promise<PublishedEvent>((resolve) => {
    const unsubscribe = till.ctx.bus.subscribe('tax_period.closed', (event) => {
      unsubscribe();
      resolve(event);
    });
  });
  const results = await Promise.allSettled([
    closeTaxPeriod(till.ctx, JANUARY),
    closeTaxPeriod(till.ctx, JANUARY),
  ]);
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const { items } = await listTaxPeriods(till.ctx.db, {});
  expect(await told).toMatchObject({
    key: items[0]!.id,
    payload: { number: 1, from: '2026-01-01', to: '2026-01-31', hash: items[0]!.hash },
  });
});
