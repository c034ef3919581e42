/** Sums of sales by period, from stored days; from the running totals of tills for one cashier, and of items for chosen goods. */
import { sql, type Queryable, type Sql } from '#kernel/db/database';
import { ZERO, type Decimal } from '#kernel/decimal';
import type { PeriodUnit } from '#kernel/periods.rules';
import { customersByPeriod } from '../customers/customer-days.queries';
import { openDays } from '../report-days/report-days.queries';
import { salesDays } from './sales-days.queries';

/** The sales to sum. */
export interface ChosenSales {
  /** The chosen branch; null for all. */
  readonly branchId: string | null;
  readonly branchIds: readonly string[];
  readonly channel: string | null;
  readonly cashierId: string | null;
  /** A category with those below it; null for all. */
  readonly categoryIds: readonly string[] | null;
  readonly productId: string | null;
  /** "YYYY-MM-DD", both inclusive. */
  readonly from: string;
  readonly to: string;
}

/** Amounts of goods that sales by product know, too. */
export interface GoodsSums {
  readonly units: Decimal;
  readonly netSales: Decimal;
  readonly tax: Decimal;
  readonly net: Decimal;
  readonly cost: Decimal;
  readonly uncostedNet: Decimal;
}

/** Amounts of whole orders. */
export interface OrderSums {
  readonly sales: number;
  readonly returns: number;
  readonly unitsSold: Decimal;
  readonly gross: Decimal;
  readonly discounts: Decimal;
  readonly refunds: Decimal;
  readonly shipping: Decimal;
}

/** Sums of a period. */
export interface SalesSums extends GoodsSums {
  /** Null if the filter chooses goods: orders have other goods as well. */
  readonly orders: OrderSums | null;
  /** Number of customers who bought; null if the filter chooses goods or a cashier. */
  readonly customers: number | null;
}

const NO_GOODS: GoodsSums = {
  units: ZERO,
  netSales: ZERO,
  tax: ZERO,
  net: ZERO,
  cost: ZERO,
  uncostedNet: ZERO,
};
const NO_ORDERS: OrderSums = {
  sales: 0,
  returns: 0,
  unitsSold: ZERO,
  gross: ZERO,
  discounts: ZERO,
  refunds: ZERO,
  shipping: ZERO,
};

/** Whether the filter chooses goods. */
const choosesGoods = ({ categoryIds, productId }: ChosenSales): boolean =>
  categoryIds !== null || productId !== null;

/** The sums of no sales. */
export function noSums(filter: ChosenSales): SalesSums {
  return {
    ...NO_GOODS,
    orders: choosesGoods(filter) ? null : NO_ORDERS,
    customers: choosesGoods(filter) || filter.cashierId !== null ? null : 0,
  };
}

/** Sums by the first day of their period, and under `total` of all days; those without sales are missing. `from` begins a period. */
export async function salesSums(
  db: Queryable,
  unit: PeriodUnit,
  filter: ChosenSales,
): Promise<Map<string, SalesSums>> {
  if (choosesGoods(filter)) return goodsSums(db, unit, filter);
  const [rows, customers] = await Promise.all([orderRows(db, unit, filter), customersOf(db, unit, filter)]);
  return new Map(
    rows
      .filter(({ sales }) => (sales as number | null) !== null)
      .map(({ start, sales, returns, unitsSold, gross, discounts, refunds, shipping, ...goods }) => [
        (start as string | null) ?? 'total',
        {
          ...goods,
          orders: { sales, returns, unitsSold, gross, discounts, refunds, shipping },
          customers: customers && (customers.get((start as string | null) ?? 'total') ?? 0),
        },
      ]),
  );
}

type OrderSumsRow = GoodsSums & OrderSums & { start: string };

async function orderRows(db: Queryable, unit: PeriodUnit, filter: ChosenSales): Promise<OrderSumsRow[]> {
  const days =
    filter.cashierId === null
      ? sql`(${salesDays({ ...filter, openDays: await openDays(db, 'orders', filter) })}) t where ${ofChannel(filter)}`
      : sql`order_day_totals t where ${ofDays(filter)} and ${ofTill(filter)}`;
  return db.many<OrderSumsRow>(sql`
    select ${startOf(unit)} as start, sum(t.sales)::int as sales, sum(t.returns)::int as returns, sum(t.units_sold) as units_sold,
      sum(t.units_sold - t.units_returned) as units, sum(t.gross) as gross, sum(t.discounts) as discounts, sum(t.refunds) as refunds,
      sum(t.shipping) as shipping, sum(t.net + t.tax) as net_sales, sum(t.tax) as tax, sum(t.net) as net, sum(t.cost) as cost,
      sum(t.uncosted_net) as uncosted_net
    from ${days} group by grouping sets ((1), ())`);
}

/** Customers who bought, by period; null for a report of one cashier. Those of one branch or channel are counted one by one. */
async function customersOf(
  db: Queryable,
  unit: PeriodUnit,
  filter: ChosenSales,
): Promise<Map<string, number> | null> {
  if (filter.cashierId !== null) return null;
  if (filter.branchId === null && filter.channel === null)
    return customersByPeriod(db, unit, { ...filter, openDays: await openDays(db, 'customers', filter) });
  const rows = await db.many<{ start: string | null; customers: number }>(sql`
    select ${startOf(unit)} as start, count(distinct t.customer_id)::int as customers
    from order_day_customers t where ${ofDays(filter)} and ${ofChannel(filter)} and t.sales > 0 group by grouping sets ((1), ())`);
  return new Map(rows.map(({ start, customers }) => [start ?? 'total', customers]));
}

async function goodsSums(
  db: Queryable,
  unit: PeriodUnit,
  filter: ChosenSales,
): Promise<Map<string, SalesSums>> {
  const rows = await db.many<GoodsSums & { start: string | null }>(sql`
    select ${startOf(unit)} as start, sum(t.quantity) as units, sum(t.net_sales) as net_sales, sum(t.net_sales - t.net) as tax,
      sum(t.net) as net, sum(t.cost) as cost, sum(t.uncosted_net) as uncosted_net
    from order_day_items t where ${ofDays(filter)} and ${ofTill(filter)} and ${ofGoods(filter)} group by grouping sets ((1), ())`);
  return new Map(
    rows
      .filter(({ units }) => (units as Decimal | null) !== null)
      .map(({ start, ...goods }) => [start ?? 'total', { ...goods, orders: null, customers: null }]),
  );
}

const startOf = (unit: PeriodUnit): Sql => sql`date_trunc(${unit}, t.business_date::timestamp)::date::text`;

const ofDays = ({ branchIds, from, to }: ChosenSales): Sql =>
  sql`t.branch_id = any(${branchIds}::uuid[]) and t.business_date between ${from}::date and ${to}::date`;

const ofChannel = ({ channel }: ChosenSales): Sql =>
  channel === null ? sql`true` : sql`t.channel = ${channel}`;

const ofTill = (filter: ChosenSales): Sql =>
  filter.cashierId === null
    ? ofChannel(filter)
    : sql`${ofChannel(filter)} and t.cashier_id = ${filter.cashierId}::uuid`;

const ofGoods = ({ categoryIds, productId }: ChosenSales): Sql => {
  const ofProduct = productId === null ? sql`true` : sql`t.product_id = ${productId}::uuid`;
  if (categoryIds === null) return ofProduct;
  return sql`${ofProduct} and t.product_id in (select p.id from products p where p.category_id = any(${categoryIds}::uuid[]))`;
};
