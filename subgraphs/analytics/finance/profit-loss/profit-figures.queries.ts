/** Amounts of profit and loss, from what orders, the stock ledger, vendors' ledgers and settlements recorded. */
import { sql, type Queryable } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import type { FinanceRange } from '../range/finance-range';
import { openDays } from '../../report-days/report-days.queries';
import { lineSums, orderSums, stockCosts, vendorEntries, type CoveredRange } from './day-figures.queries';
import { paymentFees } from './payment-fees.queries';

/** Amounts without tax; discounts, refunds and costs are positive. */
export interface ProfitFigures extends SalesFigures, StockFigures {
  readonly shippingIncome: Decimal;
  readonly cashRounding: Decimal;
  readonly commissionIncome: Decimal;
  readonly paymentFees: Decimal;
}

interface SalesFigures {
  readonly revenue: Decimal;
  readonly discounts: Decimal;
  readonly refunds: Decimal;
  readonly salesWithoutCost: Decimal;
  readonly linesWithoutCost: number;
}

interface StockFigures {
  readonly cogs: Decimal;
  readonly shrinkage: Decimal;
}

/** Five statements at the same time, after that for the days that are not stored. */
export async function profitFigures(db: Queryable, choice: FinanceRange): Promise<ProfitFigures> {
  const range = { ...choice, openDays: await openDays(db, 'orders', choice) };
  const [sales, totals, stock, commission, fees] = await Promise.all([
    salesFigures(db, range),
    orderFigures(db, range),
    stockFigures(db, range),
    commissionIncome(db, range),
    feesOf(db, range),
  ]);
  return { ...sales, ...totals, ...stock, commissionIncome: commission, paymentFees: fees };
}

/** Lines of the shop's own goods. */
function salesFigures(db: Queryable, range: CoveredRange): Promise<SalesFigures> {
  return db.one<SalesFigures>(sql`
    select coalesce(sum(s.revenue), 0) as revenue, coalesce(sum(s.discounts), 0) as discounts, coalesce(sum(s.refunds), 0) as refunds,
      coalesce(sum(s.sales_without_cost), 0) as sales_without_cost, coalesce(sum(s.lines_without_cost), 0)::int as lines_without_cost
    from (${lineSums(range)}) s`);
}

function orderFigures(
  db: Queryable,
  range: CoveredRange,
): Promise<Pick<ProfitFigures, 'shippingIncome' | 'cashRounding'>> {
  return db.one(sql`
    select coalesce(sum(o.shipping), 0) as shipping_income, coalesce(sum(o.rounding), 0) as cash_rounding
    from (${orderSums(range)}) o`);
}

function stockFigures(db: Queryable, range: CoveredRange): Promise<StockFigures> {
  return db.one<StockFigures>(sql`
    select coalesce(sum(c.amount) filter (where c.kind = 'cost_of_goods'), 0) as cogs,
      coalesce(sum(c.amount) filter (where c.kind = 'shrinkage'), 0) as shrinkage
    from (${stockCosts(range)}) c`);
}

async function commissionIncome(db: Queryable, range: FinanceRange): Promise<Decimal> {
  const { amount } = await db.one<{ amount: Decimal }>(sql`
    select coalesce(-sum(e.amount), 0) as amount from (${vendorEntries(range)}) e where e.kind = 'commission'`);
  return amount;
}

async function feesOf(db: Queryable, range: FinanceRange): Promise<Decimal> {
  const { amount } = await db.one<{ amount: Decimal }>(sql`
    select coalesce(sum(f.amount), 0) as amount from (${paymentFees(range)}) f
    where f.day between ${range.from}::date and ${range.to}::date`);
  return amount;
}
