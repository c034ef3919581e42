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
  return { rows: byRate(rows), late: rows.filter(({ businessDate }) => businessDate < range.from) };
}

async function presentRows(db: Queryable, range: FinanceRange): Promise<ReportRows> {
  const [rows, closed] = await Promise.all([taxFigures(db, range), closedDays(db)]);
  const hasFirstOpenDay = closed && closed.to >= dayBefore(range.from) && closed.to < range.to;
  if (!hasFirstOpenDay) return { rows, late: [] };
  const late = (await lateRows(db, closed))
    .filter(ofRange(range))
    .filter(({ businessDate }) => businessDate < range.from);
  return { rows: late.length === 0 ? rows : byRate([...late, ...rows]), late };
}

const ofRange =
  ({ branchIds }: FinanceRange) =>
  ({ branchId }: SealedRow) =>
    branchIds.includes(branchId);

/** Sums by country and rate, the lowest rate first. */
function byRate(rows: readonly TaxFigures[]): TaxFigures[] {
  const groups = groupBy(rows, ({ jurisdiction, rate }) => `${jurisdiction ?? '~'} ${rate.toFixed()}`);
  return [...groups.values()]
    .map((group) => ({ jurisdiction: group[0]!.jurisdiction, rate: group[0]!.rate, ...taxTotals(group) }))
    .sort((a, b) => a.rate.comparedTo(b.rate) || compareTexts(a.jurisdiction ?? '~', b.jurisdiction ?? '~'));
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

const DAY_MS = 86_400_000;

function dayBefore(day: string): string {
  return new Date(Date.parse(day) - DAY_MS).toISOString().slice(0, 'YYYY-MM-DD'.length);
}
