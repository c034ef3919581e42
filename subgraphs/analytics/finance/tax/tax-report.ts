/** The tax report: recorded taxes, added up and never calculated again. */
import type { RequestContext } from '#kernel/context';
import { groupBy } from '#kernel/collections';
import type { Queryable } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import { financeRange, type FinanceChoice, type FinanceRange } from '../range/finance-range';
import type { SealedRow } from '../tax-periods/tax-period-hash.rules';
import { closedDays, lateRows, rowsOfTaxPeriod, taxPeriodOf } from '../tax-periods/tax-periods.queries';
import type { TaxPeriodRow } from '../../tables.generated';
import { taxFigures, taxTotals, type TaxAmounts, type TaxFigures } from './tax-figures.queries';
import { compareTaxClasses, compareTexts } from './tax-row-order.rules';

/** Tax of late sales. */
export interface LateRow extends SealedRow {
  readonly gross: Decimal;
  readonly currency: string;
}

/** Tax of business days. */
export interface TaxReport extends Omit<FinanceRange, 'branchIds'>, TaxAmounts {
  readonly rows: readonly TaxFigures[];
  /** The part of the rows that belongs to closed days before the range. */
  readonly lateRows: readonly LateRow[];
  /** The closed period of exactly these days; null for others. */
  readonly period: TaxPeriodRow | null;
}

/**
 * The recorded taxes of days. Those of a closed period are its frozen ones. A range with the first open day has the late sales of closed
 * periods before it.
 * @throws PosProError as financeRange.
 */
export async function taxReport(ctx: RequestContext, choice: FinanceChoice): Promise<TaxReport> {
  const range = await financeRange(ctx, choice);
  const period = (await taxPeriodOf(ctx.reports, range)) ?? null;
  const { rows, late } = period
    ? await frozenRows(ctx.reports, range, period)
    : await presentRows(ctx.reports, range);
  const shown = late.map((row) => ({ ...row, gross: row.net.plus(row.tax), currency: range.currency }));
  return { ...range, period, rows, lateRows: shown, ...taxTotals(rows) };
}

interface ReportRows {
  readonly rows: readonly TaxFigures[];
  readonly late: readonly SealedRow[];
}

async function frozenRows(db: Queryable, range: FinanceRange, { id }: TaxPeriodRow): Promise<ReportRows> {
  const rows = (await rowsOfTaxPeriod(db, id)).filter(ofRange(range));
  return { rows: byClass(rows), late: rows.filter(({ businessDate }) => businessDate < range.from) };
}

async function presentRows(db: Queryable, range: FinanceRange): Promise<ReportRows> {
  const [rows, closed] = await Promise.all([taxFigures(db, range), closedDays(db)]);
  const hasFirstOpenDay = closed && closed.to >= dayBefore(range.from) && closed.to < range.to;
  if (!hasFirstOpenDay) return { rows: byClass(rows), late: [] };
  const late = (await lateRows(db, closed))
    .filter(ofRange(range))
    .filter(({ businessDate }) => businessDate < range.from);
  return { rows: byClass([...late, ...rows]), late };
}

const ofRange =
  ({ branchIds }: FinanceRange) =>
  ({ branchId }: SealedRow) =>
    branchIds.includes(branchId);

/** Sums by rate, country and tax class, in this order. */
function byClass(rows: readonly TaxFigures[]): TaxFigures[] {
  const keyOf = ({ jurisdiction, rate, taxClassId, taxClass }: TaxFigures) =>
    `${jurisdiction} ${rate.toFixed()} ${taxClassId} ${taxClass}`;
  return [...groupBy(rows, keyOf).values()]
    .map((group) => {
      const { jurisdiction, rate, taxClassId, taxClass } = group[0]!;
      return { jurisdiction, rate, taxClassId, taxClass, ...taxTotals(group) };
    })
    .sort(
      (a, b) =>
        a.rate.comparedTo(b.rate) || compareTexts(a.jurisdiction, b.jurisdiction) || compareTaxClasses(a, b),
    );
}

const DAY_MS = 86_400_000;

function dayBefore(day: string): string {
  return new Date(Date.parse(day) - DAY_MS).toISOString().slice(0, 'YYYY-MM-DD'.length);
}
