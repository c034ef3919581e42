/** What a branch sold on one of its business days. */
import type { RequestContext } from '../../kernel/context';
import { ZERO, type Decimal } from '../../kernel/decimal';
import { branchOf, sellingTerms, type SellingTerms } from '../auth';
import { businessDay, dayFigures, type DayFigures } from '../orders';
import { paymentsOfOrders } from '../payments';

/** All payments of one kind. */
export interface TenderTotal {
  method: string;
  count: number;
  /** What came in less what went out. */
  amount: Decimal;
}

/** A day in figures. */
export interface DailyReport {
  date: string;
  terms: SellingTerms;
  figures: DayFigures;
  payments: TenderTotal[];
}

/**
 * The report of a day.
 * @param date the branch's business day; its present one where left out.
 * @throws PosProError 404 for an unknown branch, 422 where neither the caller nor the input names one.
 */
export async function dailySalesReport(
  ctx: RequestContext,
  { date, branchId }: { date?: string | null | undefined; branchId?: string | null | undefined },
): Promise<DailyReport> {
  const terms = await sellingTerms(ctx.reports, branchOf(ctx, branchId));
  const day = date ?? businessDay(ctx.clock.now(), terms.timeZone);
  const figures = await dayFigures(ctx.reports, { branchId: terms.branchId, date: day }, terms.timeZone);
  const payments = await paymentsOfOrders(ctx.reports, figures.orderIds);
  return { date: day, terms, figures, payments: byMethod([...payments.values()].flat()) };
}

function byMethod(payments: readonly { method: string; amount: Decimal }[]): TenderTotal[] {
  const totals = new Map<string, TenderTotal>();
  for (const { method, amount } of payments) {
    const known = totals.get(method) ?? { method, count: 0, amount: ZERO };
    totals.set(method, { method, count: known.count + 1, amount: known.amount.plus(amount) });
  }
  return [...totals.values()].sort((a, b) => (a.method < b.method ? -1 : 1));
}
