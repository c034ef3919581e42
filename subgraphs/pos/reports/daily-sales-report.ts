/** What a branch sold on one of its business days. */
import { businessDay } from '#kernel/business-day.rules';
import type { RequestContext } from '#kernel/context';
import { branchOf, sellingTerms, type SellingTerms } from '#subgraphs/auth/index';
import { dayFigures, orderIdsOfDay, type DayFigures } from '#subgraphs/orders/index';
import { openConflictTotals, type ConflictTotals } from '../offline/offline-conflicts';
import { paymentTotals, type PaymentTotal } from '#subgraphs/payments/index';
import type { QueryDailySalesReportArgs } from '../inputs.generated';

/** A day in figures. */
export interface DailyReport {
  date: string;
  terms: SellingTerms;
  figures: DayFigures;
  payments: PaymentTotal[];
  /** Conflicts of sales made offline that wait at this moment. */
  openConflicts: ConflictTotals;
}

/**
 * The report of a day.
 * @param date the branch's business day; its present one where left out.
 * @throws PosProError 404 for an unknown branch, 422 where neither the caller nor the input names one.
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
