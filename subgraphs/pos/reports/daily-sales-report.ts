/** Daily figures of a branch, with its payments and open conflicts. */
import { businessDay } from '#kernel/business-day.rules';
import type { RequestContext } from '#kernel/context';
import { branchOf, sellingTerms, type SellingTerms } from '#subgraphs/auth/index';
import { dayFigures, orderIdsOfDay, type DayFigures } from '#subgraphs/orders/index';
import { openConflictTotals, type ConflictTotals } from '../offline/offline-conflicts';
import { paymentTotals, type PaymentTotal } from '#subgraphs/payments/index';
import type { QueryDailySalesReportArgs } from '../inputs.generated';

/** Figures of a business day. */
export interface DailyReport {
  date: string;
  terms: SellingTerms;
  figures: DayFigures;
  payments: PaymentTotal[];
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
  const day = date ?? businessDay(ctx.clock.now(), terms.timeZone);
  const query = { branchId: terms.branchId, date: day };
  const figures = await dayFigures(ctx.reports, query, terms.timeZone);
  const payments = await paymentTotals(ctx.reports, orderIdsOfDay(query));
  return { date: day, terms, figures, payments, openConflicts: await openConflictTotals(ctx.db, query) };
}
