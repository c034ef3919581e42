/** Sales of days, weeks, months and years, with a comparison. */
import type { RequestContext } from '#kernel/context';
import type { Decimal } from '#kernel/decimal';
import { invalid, notFound } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import {
  periodCount,
  periodOf,
  periodsBetween,
  shiftPeriod,
  type Period,
  type PeriodUnit,
} from '#kernel/periods.rules';
import type { SellingTerms } from '#subgraphs/auth/index';
import { categoriesBelow, productsById } from '#subgraphs/catalog/index';
import { SALES_DEFINITION, changeInPercent, reportBranches, statsRange } from '#subgraphs/orders/index';
import type { QuerySalesDailyArgs } from '../inputs.generated';
import { comparedDays } from './comparison.rules';
import { noSums, salesSums, type ChosenSales, type SalesSums } from './sales-figures.queries';

/** Figures with the terms of their money. */
export interface SalesFigures {
  readonly sums: SalesSums;
  readonly terms: SellingTerms;
}

/** One period of a report. */
export interface SalesPoint {
  readonly period: Period;
  readonly complete: boolean;
  readonly figures: SalesFigures;
}

/** A report, before its amounts are formatted. */
export interface SalesReport {
  readonly currency: string;
  readonly from: string;
  readonly to: string;
  readonly timeZone: string;
  readonly points: SalesPoint[];
  readonly total: SalesFigures;
  readonly previous: SalesFigures | null;
  readonly growth: Decimal | null;
  readonly comparedFrom: string | null;
  readonly comparedTo: string | null;
  readonly definition: string;
}

/** Number of periods of an answer by default and at most; a period is a point. */
const PERIODS: Readonly<Record<PeriodUnit, { byDefault: number; max: number }>> = {
  day: { byDefault: 30, max: 366 },
  week: { byDefault: 12, max: 106 },
  month: { byDefault: 12, max: 60 },
  year: { byDefault: 5, max: 20 },
};

/** @throws PosProError 404 for an unknown branch, category or product; 422 if the days end before they begin, and for too many periods. */
export async function salesReport(
  ctx: RequestContext,
  unit: PeriodUnit,
  choice: QuerySalesDailyArgs,
): Promise<SalesReport> {
  const { byDefault, max } = PERIODS[unit];
  const range = await statsRange(
    ctx,
    choice,
    (last) => shiftPeriod(unit, periodOf(unit, last), 1 - byDefault).from,
  );
  if (periodCount(unit, range.from, range.to) > max)
    throw invalid('from', `The answer covers ${max} ${unit}s at most.`, 'TOO_LONG');
  const { today } = await reportBranches(ctx, choice.branchId);
  const periods = periodsBetween(unit, range.from, range.to);
  const [from, to] = [periods[0]!.from, periods.at(-1)!.to];
  const { branchId, branchIds } = range;
  const filter = { ...(await filterOf(ctx, choice)), branchId, branchIds, from, to };
  const compared =
    choice.compareTo === 'none'
      ? null
      : comparedDays(unit, { from, to }, { today, compareTo: choice.compareTo ?? 'previous_period' });
  const [sums, before] = await Promise.all([
    salesSums(ctx.reports, unit, filter),
    compared && salesSums(ctx.reports, unit, { ...filter, ...compared }),
  ]);
  const figures = (found: SalesSums | undefined) => ({
    sums: found ?? noSums(filter),
    terms: range.terms,
  });
  const total = figures(sums.get('total'));
  const previous = before && figures(before.get('total'));
  return {
    currency: range.terms.currency,
    timeZone: range.terms.timeZone,
    from,
    to,
    points: periods.map((period) => ({
      period,
      complete: period.to < today,
      figures: figures(sums.get(period.from)),
    })),
    total,
    previous,
    growth: previous && changeInPercent(total.sums.netSales, previous.sums.netSales),
    comparedFrom: compared?.from ?? null,
    comparedTo: compared?.to ?? null,
    definition: SALES_DEFINITION,
  };
}

/** @throws PosProError 404 for an unknown category or product. An unknown cashier has no sales. */
async function filterOf(
  ctx: RequestContext,
  choice: QuerySalesDailyArgs,
): Promise<Omit<ChosenSales, 'branchId' | 'branchIds' | 'from' | 'to'>> {
  const { categoryId = null, productId = null, cashierId = null, channel = null } = choice;
  const [below, products] = await Promise.all([
    categoryId === null ? null : categoriesBelow(ctx.reports, [categoryId.toLowerCase()]),
    productId === null ? null : productsById(ctx.reports, [productId]),
  ]);
  if (productId !== null && !products?.size) throw notFound('product', productId);
  const categoryIds = categoryId === null ? null : below?.get(categoryId.toLowerCase());
  if (categoryIds === undefined) throw notFound('category', categoryId!);
  if (cashierId !== null && !isUuid(cashierId)) throw notFound('user', cashierId);
  return { channel, cashierId, categoryIds, productId };
}
