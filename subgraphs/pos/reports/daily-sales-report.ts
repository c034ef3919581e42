/** Daily figures of a branch, with its payments and open conflicts. */
import { businessDay } from '#kernel/business-day.rules';
import type { RequestContext } from '#kernel/context';
import { branchOf, sellingTerms, type SellingTerms } from '#subgraphs/auth/index';
import { dayFigures, type DayFigures } from '#subgraphs/orders/index';
import { openConflictTotals, type ConflictTotals } from '../offline/offline-conflicts';
import type { QueryDailySalesReportArgs } from '../inputs.generated';

/** Figures of a business day. */
export interface DailyReport {
  generatedAt: Date;
  date: string;
  terms: SellingTerms;
  figures: DayFigures;
  /** Conflicts of offline sales that are open at this moment. */
  openConflicts: ConflictTotals;
}

/**
 * Reports a business day.
 * @param date the branch's business day. Defaults to the present one.
 * @throws PosProError 404 for an unknown branch, 422 if neither the caller nor the input has a branch.
 */
export async function dailySalesReport(
  ctx: RequestContext,
  { date, branchId }: QueryDailySalesReportArgs,
): Promise<DailyReport> {
  const terms = await sellingTerms(ctx.reports, branchOf(ctx, branchId));
  const generatedAt = ctx.clock.now();
  const day = date ?? businessDay(generatedAt, terms.timeZone);
  const query = { branchId: terms.branchId, date: day };
  const [figures, openConflicts] = await Promise.all([
    dayFigures(ctx.reports, query),
    openConflictTotals(ctx.db, query),
  ]);
  return { generatedAt, date: day, terms, figures, openConflicts };
}
