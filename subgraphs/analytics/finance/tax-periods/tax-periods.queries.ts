/** Reads closed filing periods, and the taxes of late sales. */
import { sql, type Queryable, type Sql } from '#kernel/db/database';
import { requireRow } from '#kernel/db/rows-by-id';
import { listPage, type Page } from '#kernel/paging';
import type { QueryTaxPeriodsArgs } from '../../inputs.generated';
import { taxPeriodRows, taxPeriods, type TaxPeriodRow } from '../../tables.generated';
import { SOLD_TAX_CLASS } from '../tax/tax-figures.queries';
import type { SealedRow } from './tax-period-hash.rules';

const ROW = taxPeriodRows.omit('periodId', 'organizationId', 'position');

/** The first and last day of all closed periods, and when the last one was closed. */
export interface ClosedDays {
  readonly from: string;
  readonly to: string;
  readonly closedAt: Date;
}

/** The period with an id. @throws PosProError 404. */
export function requireTaxPeriod(db: Queryable, id: string): Promise<TaxPeriodRow> {
  return requireRow(db, taxPeriods, 'tax period', id);
}

/** A page of periods, the newest first by default. */
export function listTaxPeriods(db: Queryable, page: QueryTaxPeriodsArgs): Promise<Page<TaxPeriodRow>> {
  const list = {
    select: taxPeriods.select('p'),
    from: sql`tax_periods p`,
    where: [],
    sorts: { number: sql`p.number` },
    defaultSort: '-number',
    id: sql`p.id`,
  };
  return listPage<TaxPeriodRow>(db, list, page);
}

/** The newest period; undefined before the first. */
export function lastTaxPeriod(db: Queryable): Promise<TaxPeriodRow | undefined> {
  return db.maybeOne<TaxPeriodRow>(sql`
    select ${taxPeriods.select('p')} from tax_periods p order by p.number desc limit 1`);
}

/** The period of exactly these days. */
export function taxPeriodOf(
  db: Queryable,
  { from, to }: { from: string; to: string },
): Promise<TaxPeriodRow | undefined> {
  return db.maybeOne<TaxPeriodRow>(sql`
    select ${taxPeriods.select('p')} from tax_periods p where p.from_day = ${from}::date and p.to_day = ${to}::date`);
}

/** All closed days: periods follow one another without gaps. */
export async function closedDays(db: Queryable): Promise<ClosedDays | undefined> {
  const days = await db.one<{ from: string | null; to: string; closedAt: Date }>(sql`
    select min(p.from_day)::text as from, max(p.to_day)::text as to, max(p.closed_at) as closed_at from tax_periods p`);
  return days.from === null ? undefined : { ...days, from: days.from };
}

/** The rows of a period, in the order of day, branch, rate and tax class. */
export function rowsOfTaxPeriod(db: Queryable, periodId: string): Promise<SealedRow[]> {
  return db.many<SealedRow>(sql`
    select ${ROW.select('r')} from tax_period_rows r where r.period_id = ${periodId}::uuid order by r.position`);
}

/** The taxes of days as they are now, by day, branch, rate and tax class. */
export function dayRows(db: Queryable, { from, to }: { from: string; to: string }): Promise<SealedRow[]> {
  return db.many<SealedRow>(sql`
    select t.business_date::text as business_date, t.branch_id, t.rate, ${SOLD_TAX_CLASS}, b.country as jurisdiction, ${SUMS}, null as recorded_on
    from order_day_taxes t join branches b on b.id = t.branch_id
    where t.business_date between ${from}::date and ${to}::date
    group by t.business_date, t.branch_id, t.rate, t.tax_class_id, t.tax_class, b.country order by 1, 2, 3, tax_class, tax_class_id`);
}

const SUMS: Sql = sql`
  sum(t.net) as net, sum(t.tax) as tax, sum(t.refunds_net) as refunds_net, sum(t.refunds_tax) as refunds_tax`;

/** Time before the close in which an order may have been received that was written after it. */
const MARGIN = sql`interval '10 minutes'`;

/**
 * Taxes of closed days that no closed period has: those of orders that were received after their period was closed. They are the
 * differences between the totals of these days and all that periods have reported of them, so that none is missing and none counts twice.
 */
export function lateRows(db: Queryable, { from, to, closedAt }: ClosedDays): Promise<SealedRow[]> {
  return db.many<SealedRow>(sql`
    with late_days as (
      select o.branch_id, o.business_date, max((o.received_at at time zone b.time_zone)::date) as recorded_on
      from orders o join branches b on b.id = o.branch_id
      where o.id >= pospro_uuid_at(${closedAt}::timestamptz - interval '1 day') and o.received_at > ${closedAt}::timestamptz - ${MARGIN}
        and o.business_date between ${from}::date and ${to}::date and o.sold_at is not null
      group by 1, 2
    ), taxes as (
      select d.branch_id, d.business_date, d.recorded_on, t.rate, ${SOLD_TAX_CLASS}, t.net, t.tax, t.refunds_net, t.refunds_tax
      from late_days d join order_day_taxes t on t.branch_id = d.branch_id and t.business_date = d.business_date
      union all
      select d.branch_id, d.business_date, d.recorded_on, r.rate, r.tax_class_id, r.tax_class, -r.net, -r.tax, -r.refunds_net, -r.refunds_tax
      from late_days d join tax_period_rows r on r.branch_id = d.branch_id and r.business_date = d.business_date
    )
    select t.business_date::text as business_date, t.branch_id, t.rate, t.tax_class_id, t.tax_class, b.country as jurisdiction, ${SUMS}, t.recorded_on::text as recorded_on
    from taxes t join branches b on b.id = t.branch_id
    group by t.business_date, t.branch_id, t.rate, t.tax_class_id, t.tax_class, b.country, t.recorded_on
    having sum(t.net) <> 0 or sum(t.tax) <> 0 or sum(t.refunds_net) <> 0 or sum(t.refunds_tax) <> 0
    order by 1, 2, 3, t.tax_class, t.tax_class_id`);
}
