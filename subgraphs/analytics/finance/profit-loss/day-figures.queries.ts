/** Recorded amounts by business day and branch. Profit and loss adds them up, and the journal posts them: no report has its own definition. */
import { sql, type Sql } from '#kernel/db/database';
import { currencyExponent } from '#kernel/money';
import { NONE } from '#subgraphs/orders/index';
import {
  coveredRows,
  storedIn,
  storedOn,
  type CoveredDays,
  type ScannedDays,
} from '../../report-days/report-days.queries';
import { branchDay, ofBranch, type FinanceRange } from '../range/finance-range';

const places = (currency: string): Sql => sql`${currencyExponent(currency)}::int`;

/** A range of which some days are stored. */
export type CoveredRange = FinanceRange & CoveredDays;

/** Days of a range that a statement computes itself. */
export type ScannedRange = Omit<FinanceRange, 'from' | 'to'> & ScannedDays;

/** The condition on an order `o` that was sold on the days in the branches. */
const soldOnDays = ({ branchIds, days }: ScannedDays): Sql =>
  sql`o.branch_id = any(${branchIds}::uuid[]) and o.business_date = any(${days}::date[]) and o.sold_at is not null`;

/**
 * Rows of lines by day, branch, tax rate and tax class, by its code when they were sold. Amounts of the shop's own goods are `revenue` before discounts, `discounts`, `refunds`,
 * `sales_tax` and `refunds_tax` (both negative for returns); `vendor_net` and `vendor_tax` are of vendors' goods, and `gift_cards` is the
 * total of gift cards that were sold minus refunded. A discount is quoted as prices are, so its part without tax is the difference of two nets.
 */
export const lineSums = (range: CoveredRange): Sql =>
  coveredRows(
    range,
    sql`select t.business_date as day, t.branch_id, t.tax_rate, nullif(t.tax_class, '') as tax_class, t.revenue, t.discounts, t.refunds,
        t.sales_tax, t.refunds_tax, t.vendor_net, t.vendor_tax, t.gift_cards, t.sales_without_cost, t.lines_without_cost
      from report_day_lines t where ${storedIn(range)}`,
    scannedLines,
  );

/** The same rows, computed from the lines of orders. */
export const scannedLines = (range: ScannedRange): Sql => sql`
  select g.day, g.branch_id, g.tax_rate, g.tax_class,
    coalesce(sum(g.listed) filter (where g.own and g.kind = 'sale'), 0) as revenue,
    coalesce(sum(g.listed - g.net) filter (where g.own and g.kind = 'sale'), 0) as discounts,
    coalesce(-sum(g.net) filter (where g.own and g.kind = 'return'), 0) as refunds,
    coalesce(sum(g.tax) filter (where g.own and g.kind = 'sale'), 0) as sales_tax,
    coalesce(sum(g.tax) filter (where g.own and g.kind = 'return'), 0) as refunds_tax,
    coalesce(sum(g.net) filter (where g.vendor_id is not null), 0) as vendor_net,
    coalesce(sum(g.tax) filter (where g.vendor_id is not null), 0) as vendor_tax,
    coalesce(sum(g.total) filter (where g.gift_card_purpose is not null), 0) as gift_cards,
    coalesce(sum(g.net) filter (where g.own and g.kind = 'sale' and coalesce(g.unit_cost, 0) = 0), 0) as sales_without_cost,
    count(*) filter (where g.own and g.kind = 'sale' and coalesce(g.unit_cost, 0) = 0) as lines_without_cost
  from (
    select o.business_date as day, o.branch_id, o.kind, l.tax_rate, l.tax_class, l.net, l.tax, l.total, l.unit_cost, l.vendor_id, l.gift_card_purpose,
      l.vendor_id is null and l.gift_card_purpose is null as own,
      case when l.discount = 0 then l.net
        when o.prices_include_tax then l.subtotal - round(l.subtotal * l.tax_rate / (100 + l.tax_rate), ${places(range.currency)})
        else l.subtotal end as listed
    -- Lines are found by the key of their order: the planner would read all lines of the shop for one day of orders.
    from orders o cross join lateral (select x.* from order_lines x where x.order_id = o.id offset 0) l where ${soldOnDays(range)}
  ) g
  group by g.day, g.branch_id, g.tax_rate, g.tax_class`;

/**
 * Rows of orders by day, branch, and tax rate and class of the shipping: `shipping` without tax, `shipping_tax`, `rounding` of cash, and
 * `payment_difference`, by which payments exceed the totals. A shipping at several rates has a row for each part.
 */
export const orderSums = (range: CoveredRange): Sql =>
  coveredRows(
    range,
    sql`select t.business_date as day, t.branch_id, t.tax_rate, nullif(t.tax_class, '') as tax_class, t.shipping, t.shipping_tax, t.rounding,
        t.payment_difference
      from report_day_lines t where ${storedIn(range)}`,
    scannedOrders,
  );

/** The same rows, computed from orders. */
export const scannedOrders = (range: ScannedRange): Sql => sql`
  select o.business_date as day, o.branch_id, coalesce(p.rate, o.shipping_tax_rate) as tax_rate, p.tax_class,
    sum(coalesce(p.total - p.tax, o.shipping_total - o.shipping_tax)) as shipping, sum(coalesce(p.tax, o.shipping_tax)) as shipping_tax,
    coalesce(sum(o.rounding) filter (where coalesce(p.position, 1) = 1), 0) as rounding,
    coalesce(sum(o.payment_difference) filter (where coalesce(p.position, 1) = 1), 0) as payment_difference
  from orders o left join lateral rows from (jsonb_to_recordset(o.shipping_taxes) as (rate numeric, total numeric, tax numeric, "taxClass" text))
    with ordinality as p(rate, total, tax, tax_class, position) on true
  where ${soldOnDays(range)} group by 1, 2, 3, 4`;

/**
 * Rows (day, branch_id, kind, amount) of the stock ledger, `cost_of_goods` and `shrinkage`: each day of a branch is rounded, so that the days
 * of a period sum to it. Each movement has the cost at its time, and a return that of its sale, so that later costs change nothing.
 * Goods of vendors are not the shop's: their orders and products are subtracted.
 */
export const stockCosts = (range: CoveredRange): Sql =>
  coveredRows(
    range,
    sql`select t.business_date as day, nullif(t.branch_id, ${NONE}::uuid) as branch_id, t.kind, t.amount
      from report_day_amounts t where t.kind in ('cost_of_goods', 'shrinkage') and ${storedOn(range)}
        and ${range.branchId === null ? sql`true` : sql`t.branch_id = ${range.branchId}::uuid`}`,
    scannedStockCosts,
  );

/** The same rows, computed from the movements of stock. */
export const scannedStockCosts = (range: ScannedRange): Sql => sql`
  select ${branchDay(sql`m.created_at`)} as day, b.id as branch_id,
    case when m.kind in ('sale', 'return') then 'cost_of_goods' else 'shrinkage' end as kind,
    round(sum(-m.quantity * m.unit_cost), ${places(range.currency)}) as amount
  from stock_movements m
  join warehouses w on w.id = m.warehouse_id
  left join branches b on b.id = w.branch_id
  where m.kind in ('sale', 'return', 'adjustment', 'count')
    and m.id >= pospro_uuid_at((${range.days.at(0)}::date - 1)::timestamptz) and m.id < pospro_uuid_at((${range.days.at(-1)}::date + 3)::timestamptz)
    and ${branchDay(sql`m.created_at`)} = any(${range.days}::date[]) and ${ofBranch(range)}
    and not exists (
      select from (
        select i.order_id::text as order_id, i.product_id from vendor_order_items i
        union
        select o.id::text, i.product_id from vendor_order_items i join orders o on o.original_order_id = i.order_id where o.kind = 'return'
      ) v where v.order_id = m.reference_id and v.product_id = m.product_id)
  group by 1, 2, 3`;

/** Rows (day, branch_id, kind, method, amount) of tips. */
export const tips = (range: CoveredRange): Sql =>
  coveredRows(
    range,
    sql`select t.business_date as day, t.branch_id, t.kind, t.method, t.amount
      from report_day_amounts t where t.kind = 'tip' and ${storedIn(range)}`,
    scannedTips,
  );

/** The same rows, computed from orders. */
export const scannedTips = (range: ScannedDays): Sql => sql`
  select o.business_date as day, o.branch_id, 'tip' as kind, o.tip_method as method, sum(o.tip) as amount
  from orders o where ${soldOnDays(range)} and o.tip <> 0 group by 1, 2, 4`;

/** Rows (day, branch_id, kind, amount) of vendors' ledgers on the days. A payout belongs to no branch. */
export const vendorEntries = (range: FinanceRange): Sql => sql`
  select ${branchDay(sql`e.created_at`)} as day, b.id as branch_id, e.kind, e.amount
  from vendor_entries e
  left join vendor_orders v on v.organization_id = e.organization_id and v.order_id = e.order_id and v.vendor_id = e.vendor_id
  left join branches b on b.id = v.branch_id
  where ${branchDay(sql`e.created_at`)} between ${range.from}::date and ${range.to}::date and ${ofBranch(range)}`;
