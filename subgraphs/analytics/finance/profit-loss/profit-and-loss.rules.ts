/** Profit and loss from its amounts: the sums, and the lines of the report. Pure. */
import { HUNDRED, type Decimal } from '#kernel/decimal';
import type { ProfitFigures } from './profit-figures.queries';

/** The amounts with their sums. */
export interface ProfitSums extends ProfitFigures {
  readonly netSales: Decimal;
  readonly grossProfit: Decimal;
  readonly operatingProfit: Decimal;
}

/** A line: a name, a label, and the amount, negative for what reduces the profit. */
export interface ProfitLine {
  readonly account: string;
  readonly label: string;
  readonly amount: Decimal;
  /** Null without a compared period. */
  readonly previous: Decimal | null;
}

const PERCENT_PLACES = 2;

export function profitSums(figures: ProfitFigures): ProfitSums {
  const netSales = figures.revenue.minus(figures.discounts).minus(figures.refunds);
  const grossProfit = netSales.minus(figures.cogs);
  const operatingProfit = grossProfit
    .plus(figures.commissionIncome)
    .plus(figures.shippingIncome)
    .plus(figures.cashRounding)
    .minus(figures.paymentFees)
    .minus(figures.shrinkage);
  return { ...figures, netSales, grossProfit, operatingProfit };
}

/** Gross profit in percent of the net sales; null without net sales. */
export function grossMargin({
  netSales,
  grossProfit,
}: Pick<ProfitSums, 'netSales' | 'grossProfit'>): Decimal | null {
  if (netSales.isZero()) return null;
  return grossProfit.dividedBy(netSales).times(HUNDRED).toDecimalPlaces(PERCENT_PLACES);
}

const LINES: readonly [account: string, label: string, amountOf: (sums: ProfitSums) => Decimal][] = [
  ['revenue', 'Revenue', ({ revenue }) => revenue],
  ['discounts', 'Discounts', ({ discounts }) => discounts.negated()],
  ['refunds', 'Refunds', ({ refunds }) => refunds.negated()],
  ['net_sales', 'Net sales', ({ netSales }) => netSales],
  ['cogs', 'Cost of goods sold', ({ cogs }) => cogs.negated()],
  ['gross_profit', 'Gross profit', ({ grossProfit }) => grossProfit],
  ['commission_income', 'Commission income', ({ commissionIncome }) => commissionIncome],
  ['shipping_income', 'Shipping income', ({ shippingIncome }) => shippingIncome],
  ['cash_rounding', 'Cash rounding', ({ cashRounding }) => cashRounding],
  ['payment_fees', 'Payment fees', ({ paymentFees }) => paymentFees.negated()],
  ['shrinkage', 'Shrinkage', ({ shrinkage }) => shrinkage.negated()],
  ['operating_profit', 'Operating profit', ({ operatingProfit }) => operatingProfit],
];

/** The lines of the report. */
export function profitLines(sums: ProfitSums, previous: ProfitSums | undefined): ProfitLine[] {
  return LINES.map(([account, label, amountOf]) => ({
    account,
    label,
    amount: amountOf(sums),
    previous: previous ? amountOf(previous) : null,
  }));
}
