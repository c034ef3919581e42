/** The cash flow: money by kind and payment method. */
import type { RequestContext } from '#kernel/context';
import { sum, type Decimal } from '#kernel/decimal';
import { financeRange, type FinanceChoice, type FinanceRange } from '../range/finance-range';
import {
  cashFlowSums,
  recordedCash,
  type CashMovementTotal,
  type FlowSums,
  type RecordedCash,
} from './cash-flow.queries';

/** Money that came in and went out. */
export interface CashFlow extends Omit<FinanceRange, 'branchIds'>, RecordedCash {
  readonly opening: Decimal;
  readonly inflows: readonly CashMovementTotal[];
  readonly outflows: readonly CashMovementTotal[];
  readonly inflowsTotal: Decimal;
  readonly outflowsTotal: Decimal;
  readonly closing: Decimal;
  readonly reconciledWithRegisters: boolean;
}

/** @throws PosProError as financeRange. */
export async function cashFlow(ctx: RequestContext, choice: FinanceChoice): Promise<CashFlow> {
  const range = await financeRange(ctx, choice);
  const [sums, cash] = await Promise.all([
    cashFlowSums(ctx.reports, range),
    recordedCash(ctx.reports, range),
  ]);
  const toItem = ({ kind, method, amount }: FlowSums): CashMovementTotal => ({
    kind,
    method,
    currency: range.currency,
    amount: amount.abs(),
  });
  const inflows = sums.filter(({ amount }) => amount.greaterThan(0)).map(toItem);
  const outflows = sums.filter(({ amount }) => amount.isNegative() && !amount.isZero()).map(toItem);
  const opening = sum(sums.map(({ before }) => before));
  const inflowsTotal = sum(inflows.map(({ amount }) => amount));
  const outflowsTotal = sum(outflows.map(({ amount }) => amount));
  return {
    ...range,
    opening,
    inflows,
    outflows,
    inflowsTotal,
    outflowsTotal,
    closing: opening.plus(inflowsTotal).minus(outflowsTotal),
    ...cash,
    reconciledWithRegisters: cash.recordedCash.equals(cash.registerCash),
  };
}
