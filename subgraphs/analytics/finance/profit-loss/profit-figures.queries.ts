/** Amounts of profit and loss, from what orders, the stock ledger, vendors' ledgers and settlements recorded. */
import { sql, type Queryable } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import { currencyExponent, roundMoney } from '#kernel/money';
import { branchDay, ofBranch, type FinanceRange } from '../range/finance-range';
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

/** Five statements at the same time. */
export async function profitFigures(db: Queryable, range: FinanceRange): Promise<ProfitFigures> {
  const [sales, totals, stock, commission, fees] = await Promise.all([
    salesFigures(db, range),
    orderFigures(db, range),
    stockFigures(db, range),
    commissionIncome(db, range),
    feesOf(db, range),
  ]);
  return { ...sales, ...totals, ...stock, commissionIncome: commission, paymentFees: fees };
}

/** Lines of the shop's own goods. A discount is quoted as prices are, so its part without tax is the difference of two nets. */
function salesFigures(db: Queryable, { branchIds, from, to, currency }: FinanceRange): Promise<SalesFigures> {
  const places = sql`${currencyExponent(currency)}::int`;
  return db.one<SalesFigures>(sql`
    with goods as (
      select o.kind, l.net, l.quantity, l.unit_cost,
        case when l.discount = 0 then l.net
          when o.prices_include_tax then l.subtotal - round(l.subtotal * l.tax_rate / (100 + l.tax_rate), ${places})
          else l.subtotal end as listed
      from orders o join order_lines l on l.order_id = o.id
      where o.branch_id = any(${branchIds}::uuid[]) and o.business_date between ${from}::date and ${to}::date and o.sold_at is not null
        and l.gift_card_purpose is null and l.vendor_id is null
    )
    select coalesce(sum(g.listed) filter (where g.kind = 'sale'), 0) as revenue,
      coalesce(sum(g.listed - g.net) filter (where g.kind = 'sale'), 0) as discounts,
      coalesce(-sum(g.net) filter (where g.kind = 'return'), 0) as refunds,
      coalesce(sum(g.net) filter (where g.kind = 'sale' and coalesce(g.unit_cost, 0) = 0), 0) as sales_without_cost,
      (count(*) filter (where g.kind = 'sale' and coalesce(g.unit_cost, 0) = 0))::int as lines_without_cost
    from goods g`);
}

function orderFigures(
  db: Queryable,
  { branchIds, from, to }: FinanceRange,
): Promise<Pick<ProfitFigures, 'shippingIncome' | 'cashRounding'>> {
  return db.one(sql`
    select coalesce(sum(o.shipping_total - o.shipping_tax), 0) as shipping_income, coalesce(sum(o.rounding), 0) as cash_rounding
    from orders o
    where o.branch_id = any(${branchIds}::uuid[]) and o.business_date between ${from}::date and ${to}::date and o.sold_at is not null`);
}

/**
 * Cost from the stock ledger. Each movement has the cost at its time, and a return that of its sale, so that later costs change nothing.
 * Goods of vendors are not the shop's: their orders and products are subtracted.
 */
async function stockFigures(db: Queryable, range: FinanceRange): Promise<StockFigures> {
  const { from, to, currency } = range;
  const { cogs, shrinkage } = await db.one<StockFigures>(sql`
    with vendors_goods as (
      select i.order_id::text as order_id, i.product_id from vendor_order_items i
      union
      select o.id::text, i.product_id from vendor_order_items i join orders o on o.original_order_id = i.order_id where o.kind = 'return'
    )
    select coalesce(sum(-m.quantity * m.unit_cost) filter (where m.kind in ('sale', 'return')), 0) as cogs,
      coalesce(sum(-m.quantity * m.unit_cost) filter (where m.kind in ('adjustment', 'count')), 0) as shrinkage
    from stock_movements m
    join warehouses w on w.id = m.warehouse_id
    left join branches b on b.id = w.branch_id
    where m.kind in ('sale', 'return', 'adjustment', 'count')
      and m.id >= pospro_uuid_at((${from}::date - 1)::timestamptz) and m.id < pospro_uuid_at((${to}::date + 3)::timestamptz)
      and ${branchDay(sql`m.created_at`)} between ${from}::date and ${to}::date and ${ofBranch(range)}
      and not exists (select from vendors_goods v where v.order_id = m.reference_id and v.product_id = m.product_id)`);
  return { cogs: roundMoney(cogs, currency), shrinkage: roundMoney(shrinkage, currency) };
}

async function commissionIncome(db: Queryable, range: FinanceRange): Promise<Decimal> {
  const { from, to } = range;
  const { amount } = await db.one<{ amount: Decimal }>(sql`
    select coalesce(-sum(e.amount), 0) as amount
    from vendor_entries e
    left join vendor_orders v on v.organization_id = e.organization_id and v.order_id = e.order_id and v.vendor_id = e.vendor_id
    left join branches b on b.id = v.branch_id
    where e.kind = 'commission' and ${branchDay(sql`e.created_at`)} between ${from}::date and ${to}::date and ${ofBranch(range)}`);
  return amount;
}

async function feesOf(db: Queryable, range: FinanceRange): Promise<Decimal> {
  const { amount } = await db.one<{ amount: Decimal }>(sql`
    select coalesce(sum(f.amount), 0) as amount from (${paymentFees(range)}) f
    where f.day between ${range.from}::date and ${range.to}::date`);
  return amount;
}
