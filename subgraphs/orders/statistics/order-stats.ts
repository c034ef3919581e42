/** Statistics of sales by day, week and month. */
import { businessDay } from '#kernel/business-day.rules';
import type { RequestContext } from '#kernel/context';
import { HUNDRED, type Decimal } from '#kernel/decimal';
import { invalid } from '#kernel/errors';
import {
  periodCount,
  periodOf,
  periodsBetween,
  shiftPeriod,
  type Period,
  type PeriodUnit,
} from '#kernel/periods.rules';
import { sellingTerms, sellingTermsOfAll, type SellingTerms } from '#subgraphs/auth/index';
import { NO_FIGURES, periodFigures, type PeriodFigures } from './period-figures.queries';

/** The business days and branches to report. */
export interface StatsChoice {
  readonly branchId?: string | null | undefined;
  readonly from?: string | null | undefined;
  readonly to?: string | null | undefined;
}

/** The branches of a report, and its first and last day. */
export interface StatsRange {
  /** Terms of the organization; its currency is that of every branch. */
  readonly terms: SellingTerms;
  /** The chosen branch; null for all. */
  readonly branchId: string | null;
  readonly branchIds: readonly string[];
  readonly from: string;
  readonly to: string;
}

/** Figures of one period, and of the period before. */
export interface PeriodStats {
  readonly branchId: string | null;
  readonly terms: SellingTerms;
  readonly period: Period;
  readonly figures: PeriodFigures;
  readonly previous: PeriodFigures;
}

/** The lengths of periods that statistics have. */
type StatsUnit = Exclude<PeriodUnit, 'year'>;

/** Number of periods of an answer by default and at most; a period is a row. */
const PERIODS: Readonly<Record<StatsUnit, { byDefault: number; max: number }>> = {
  day: { byDefault: 30, max: 366 },
  week: { byDefault: 12, max: 106 },
  month: { byDefault: 12, max: 60 },
};

/** Decimal places of a change in percent. */
const PERCENT_PLACES = 2;

/**
 * Statistics of each period from the one of the first day to the one of the last day, in order, whole periods only.
 * @throws PosProError 404 for an unknown branch; 422 if the days end before they begin, and for more periods than an answer may have.
 */
export async function orderStats(
  ctx: RequestContext,
  unit: StatsUnit,
  choice: StatsChoice,
): Promise<PeriodStats[]> {
  const { byDefault, max } = PERIODS[unit];
  const range = await statsRange(
    ctx,
    choice,
    (to) => shiftPeriod(unit, periodOf(unit, to), 1 - byDefault).from,
  );
  const { terms, branchId, branchIds, from, to } = range;
  if (periodCount(unit, from, to) > max)
    throw invalid('from', `The answer covers ${max} ${unit}s at most.`, 'TOO_LONG');
  const periods = periodsBetween(unit, from, to);
  const before = shiftPeriod(unit, periods[0]!, -1);
  const days = { branchIds, from: before.from, to: periods.at(-1)!.to };
  const figures = await periodFigures(ctx.reports, unit, days);
  const figuresOf = (period: Period) => figures.get(period.from) ?? NO_FIGURES;
  return periods.map((period, index) => ({
    branchId,
    terms,
    period,
    figures: figuresOf(period),
    previous: figuresOf(periods[index - 1] ?? before),
  }));
}

/**
 * The branches of a report, and the present business day: of several branches, the latest one.
 * @throws PosProError 404 for an unknown branch.
 */
export async function reportBranches(
  ctx: RequestContext,
  branchId: string | null | undefined,
): Promise<{ branches: SellingTerms[]; today: string }> {
  const branches =
    branchId == null ? await sellingTermsOfAll(ctx.reports) : [await sellingTerms(ctx.reports, branchId)];
  const now = ctx.clock.now();
  const today = branches
    .map(({ timeZone }) => businessDay(now, timeZone))
    .sort()
    .at(-1)!;
  return { branches, today };
}

/**
 * The branches and days of a report. The last day defaults to the present business day: of all branches, the latest one.
 * @param firstDay the default of the first day, for a last day.
 * @throws PosProError 404 for an unknown branch; 422 if the days end before they begin.
 */
export async function statsRange(
  ctx: RequestContext,
  choice: StatsChoice,
  firstDay: (to: string) => string,
): Promise<StatsRange> {
  const { branches, today } = await reportBranches(ctx, choice.branchId);
  const to = choice.to ?? today;
  const from = choice.from ?? firstDay(to);
  if (from > to) throw invalid('to', 'The last day is before the first.');
  const branchIds = branches.map(({ branchId }) => branchId);
  return {
    terms: branches[0]!,
    branchId: choice.branchId == null ? null : branchIds[0]!,
    branchIds,
    from,
    to,
  };
}

/** A change in percent, with two decimal places; null if there was nothing before. */
export function changeInPercent(now: Decimal, before: Decimal): Decimal | null {
  if (before.isZero()) return null;
  return now.minus(before).dividedBy(before.abs()).times(HUNDRED).toDecimalPlaces(PERCENT_PLACES);
}
