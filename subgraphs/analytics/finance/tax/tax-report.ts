/** The tax report: recorded taxes, added up and never calculated again. */
import type { RequestContext } from '#kernel/context';
import { financeRange, type FinanceChoice, type FinanceRange } from '../range/finance-range';
import { taxFigures, taxTotals, type TaxAmounts, type TaxFigures } from './tax-figures.queries';

/** Tax of business days. */
export interface TaxReport extends Omit<FinanceRange, 'branchIds'>, TaxAmounts {
  readonly rows: readonly TaxFigures[];
}

/** @throws PosProError as financeRange. */
export async function taxReport(ctx: RequestContext, choice: FinanceChoice): Promise<TaxReport> {
  const range = await financeRange(ctx, choice);
  const rows = await taxFigures(ctx.reports, range);
  return { ...range, rows, ...taxTotals(rows) };
}
