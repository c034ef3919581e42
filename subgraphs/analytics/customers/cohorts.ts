/** Retention and acquisition: customers by their first purchase ever, from stored days of customers. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { Decimal } from '#kernel/decimal';
import { invalid } from '#kernel/errors';
import { periodCount, periodOf, periodsBetween, shiftPeriod, type Period } from '#kernel/periods.rules';
import type { SellingTerms } from '#subgraphs/auth/index';
import { statsRange, reportBranches } from '#subgraphs/orders/index';
import type {
  AcquisitionSplit,
  OrderChannel,
  QueryCustomerAcquisitionArgs,
  QueryCustomerRetentionArgs,
  RetentionGranularity,
} from '../inputs.generated';
import { openDays } from '../report-days/report-days.queries';
import { customerDays, newcomerDays } from './customer-days.queries';
import { shareOf } from './segments';

/** Customers of a cohort who bought in a later period. */
export interface RetentionCell {
  readonly offset: number;
  readonly customers: number | null;
  readonly rate: Decimal | null;
  readonly complete: boolean;
}

/** Customers whose first purchase ever was in one period. */
export interface RetentionCohort {
  readonly period: string;
  readonly from: string;
  readonly size: number;
  readonly cells: RetentionCell[];
}

/** Retention of cohorts. */
export interface RetentionReport {
  readonly granularity: RetentionGranularity;
  readonly definition: string;
  readonly cohorts: RetentionCohort[];
}

/** New customers of a month through one channel or branch. */
export interface AcquisitionGroup {
  readonly period: string;
  readonly complete: boolean;
  readonly channel: OrderChannel | null;
  readonly branchId: string | null;
  readonly newCustomers: number;
  readonly share: Decimal;
}

/** New customers of months. */
export interface AcquisitionReport {
  readonly by: AcquisitionSplit;
  readonly from: string;
  readonly to: string;
  readonly newCustomers: number;
  readonly definition: string;
  readonly groups: AcquisitionGroup[];
}

const MAX_PERIODS = 60;
const DEFAULT_PERIODS = 12;

const FIRST_EVER =
  'The first purchase ever counts, at any branch, on the business day of its branch; returns are not purchases, and sales without a customer do not count.';

/** @throws PosProError 422 if the days end before they begin, and for more than 60 cohorts. */
export async function customerRetention(
  ctx: RequestContext,
  { granularity = 'month', ...choice }: QueryCustomerRetentionArgs,
): Promise<RetentionReport> {
  const { from, to, today } = await cohortRange(ctx, granularity, choice);
  const cohorts = periodsBetween(granularity, from, to);
  const counts = await cohortCounts(ctx.reports, granularity, {
    from: cohorts[0]!.from,
    to: cohorts.at(-1)!.to,
    until: today,
  });
  const offsets = Math.max(0, periodCount(granularity, cohorts[0]!.from, today) - 1);
  return {
    granularity,
    definition: `${FIRST_EVER} A cell counts the customers who bought in that period; periods that have not begun are null.`,
    cohorts: cohorts.map((cohort) => toCohort(granularity, cohort, { counts, offsets, today })),
  };
}

function toCohort(
  granularity: RetentionGranularity,
  cohort: Period,
  { counts, offsets, today }: { counts: ReadonlyMap<string, number>; offsets: number; today: string },
): RetentionCohort {
  const size = counts.get(`${cohort.from} 0`) ?? 0;
  const cells = Array.from({ length: offsets }, (_, index): RetentionCell => {
    const offset = index + 1;
    const period = shiftPeriod(granularity, cohort, offset);
    if (period.from > today) return { offset, customers: null, rate: null, complete: false };
    const customers = counts.get(`${cohort.from} ${offset}`) ?? 0;
    const rate = shareOf(new Decimal(customers), new Decimal(size));
    return { offset, customers, rate, complete: period.to < today };
  });
  return { period: cohort.name, from: cohort.from, size, cells };
}

/** Customers who bought, by "first day of the cohort, offset". */
async function cohortCounts(
  db: Queryable,
  unit: RetentionGranularity,
  { from, to, until }: { from: string; to: string; until: string },
): Promise<Map<string, number>> {
  const distance =
    unit === 'month'
      ? sql`(extract(year from c.period) * 12 + extract(month from c.period) - extract(year from c.cohort) * 12 - extract(month from c.cohort))::int`
      : sql`(c.period - c.cohort) / 7`;
  const covered = { from, to: until, openDays: await openDays(db, 'customers', { from, to: until }) };
  const rows = await db.many<{ cohort: string; distance: number; customers: number }>(sql`
    select c.cohort::text as cohort, ${distance} as distance, sum(c.customers)::int as customers
    from (
      select d.cohort, date_trunc(${unit}, d.business_date::timestamp)::date as period, d.customers from (${customerDays(unit, covered)}) d
      where d.cohort between ${from}::date and ${to}::date
    ) c group by 1, 2`);
  return new Map(rows.map(({ cohort, distance: offset, customers }) => [`${cohort} ${offset}`, customers]));
}

/** @throws PosProError 422 if the days end before they begin, and for more than 60 months. */
export async function customerAcquisition(
  ctx: RequestContext,
  { by = 'channel', ...choice }: QueryCustomerAcquisitionArgs,
): Promise<AcquisitionReport> {
  const { from: first, to: last, today, branches } = await cohortRange(ctx, 'month', choice);
  const [from, to] = [periodOf('month', first).from, periodOf('month', last).to];
  const key = by === 'channel' ? sql`f.channel` : sql`f.branch_id::text`;
  const branchIds = branches.map((branch) => branch.branchId);
  const covered = { branchIds, from, to, openDays: await openDays(ctx.reports, 'customers', { from, to }) };
  const rows = await ctx.reports.many<{ start: string; key: string; newCustomers: number }>(sql`
    select date_trunc('month', f.business_date::timestamp)::date::text as start, ${key} as key, sum(f.customers)::int as new_customers
    from (${newcomerDays(covered)}) f group by 1, 2 order by 1, 3 desc, 2`);
  const totals = new Map<string, number>();
  for (const { start, newCustomers } of rows) totals.set(start, (totals.get(start) ?? 0) + newCustomers);
  return {
    by,
    from,
    to,
    newCustomers: rows.reduce((count, { newCustomers }) => count + newCustomers, 0),
    definition: FIRST_EVER,
    groups: rows.map(({ start, key: name, newCustomers }) => {
      const period = periodOf('month', start);
      return {
        period: period.name,
        complete: period.to < today,
        channel: by === 'channel' ? (name as OrderChannel) : null,
        branchId: by === 'branch' ? name : null,
        newCustomers,
        share: shareOf(new Decimal(newCustomers), new Decimal(totals.get(start)!))!,
      };
    }),
  };
}

async function cohortRange(
  ctx: RequestContext,
  unit: RetentionGranularity,
  choice: { from?: string | null | undefined; to?: string | null | undefined },
): Promise<{ from: string; to: string; today: string; branches: readonly SellingTerms[] }> {
  const { from, to } = await statsRange(
    ctx,
    choice,
    (last) => shiftPeriod(unit, periodOf(unit, last), 1 - DEFAULT_PERIODS).from,
  );
  if (periodCount(unit, from, to) > MAX_PERIODS)
    throw invalid('from', `The answer covers ${MAX_PERIODS} ${unit}s at most.`, 'TOO_LONG');
  return { from, to, ...(await reportBranches(ctx, null)) };
}
