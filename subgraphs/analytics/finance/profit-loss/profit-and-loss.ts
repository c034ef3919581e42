/** The profit and loss report. */
import type { RequestContext } from '#kernel/context';
import type { QueryProfitAndLossArgs } from '../../inputs.generated';
import { financeRange, type FinanceRange } from '../range/finance-range';
import { comparedDays } from './days-before.rules';
import { profitLines, profitSums, type ProfitLine, type ProfitSums } from './profit-and-loss.rules';
import { profitFigures } from './profit-figures.queries';

/** Profit and loss of business days. */
export interface ProfitAndLoss extends Omit<FinanceRange, 'branchIds'>, ProfitSums {
  readonly comparedFrom: string | null;
  readonly comparedTo: string | null;
  readonly lines: readonly ProfitLine[];
}

/** @throws PosProError as financeRange. */
export async function profitAndLoss(
  ctx: RequestContext,
  { compareTo = 'previous_period', ...choice }: QueryProfitAndLossArgs,
): Promise<ProfitAndLoss> {
  const range = await financeRange(ctx, choice);
  const compared = comparedDays(range, compareTo);
  const [sums, previous] = await Promise.all([
    profitFigures(ctx.reports, range).then(profitSums),
    compared && profitFigures(ctx.reports, { ...range, ...compared }).then(profitSums),
  ]);
  return {
    ...range,
    ...sums,
    comparedFrom: compared?.from ?? null,
    comparedTo: compared?.to ?? null,
    lines: profitLines(sums, previous),
  };
}
