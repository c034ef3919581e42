/** Recorded amounts by business day and branch. Profit and loss adds them up, and the journal posts them: no report has its own definition. */
import { sql, type Sql } from '#kernel/db/database';
import { currencyExponent } from '#kernel/money';
import { branchDay, ofBranch, type FinanceRange } from '../range/finance-range';

const places = (currency: string): Sql => sql`${currencyExponent(currency)}::int`;

/** The condition on an order `o` that was sold on the days in the branches. */
const soldOnDays = ({ branchIds, from, to }: FinanceRange): Sql =>
  sql`o.branch_id = any(${branchIds}::uuid[]) and o.business_date between ${from}::date and ${to}::date and o.sold_at is not null`;

/**
 * Rows of lines by day, branch, tax rate and tax class, by its code when they were sold. Amounts of the shop's own goods are `revenue` before discounts, `discounts`, `refunds`,
 * `sales_tax` and `refunds_tax` (both negative for returns); `vendor_net` and `vendor_tax` are of vendors' goods, and `gift_cards` is the
 * total of gift cards that were sold minus refunded. A discount is quoted as prices are, so its part without tax is the difference of two nets.
 */
export const lineSums = (range: FinanceRange): Sql => sql`
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
    from orders o join order_lines l on l.order_id = o.id where ${soldOnDays(range)}
  ) g
  group by g.day, g.branch_id, g.tax_rate, g.tax_class`;

/**
 * Rows of orders by day, branch, and tax rate and class of the shipping: `shipping` without tax, `shipping_tax`, `rounding` of cash, and
 * `payment_difference`, by which payments exceed the totals. A shipping at several rates has a row for each part.
 */
export const orderSums = (range: FinanceRange): Sql => sql`
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
export const stockCosts = (range: FinanceRange): Sql => sql`
  select ${branchDay(sql`m.created_at`)} as day, b.id as branch_id,
    case when m.kind in ('sale', 'return') then 'cost_of_goods' else 'shrinkage' end as kind,
    round(sum(-m.quantity * m.unit_cost), ${places(range.currency)}) as amount
  from stock_movements m
  join warehouses w on w.id = m.warehouse_id
  left join branches b on b.id = w.branch_id
  where m.kind in ('sale', 'return', 'adjustment', 'count')
    and m.id >= pospro_uuid_at((${range.from}::date - 1)::timestamptz) and m.id < pospro_uuid_at((${range.to}::date + 3)::timestamptz)
    and ${branchDay(sql`m.created_at`)} between ${range.from}::date and ${range.to}::date and ${ofBranch(range)}
    and not exists (
      select from (
        select i.order_id::text as order_id, i.product_id from vendor_order_items i
        union
        select o.id::text, i.product_id from vendor_order_items i join orders o on o.original_order_id = i.order_id where o.kind = 'return'
      ) v where v.order_id = m.reference_id and v.product_id = m.product_id)
  group by 1, 2, 3`;

/** Rows (day, branch_id, kind, amount) of vendors' ledgers on the days. A payout belongs to no branch. */
export const vendorEntries = (range: FinanceRange): Sql => sql`
  select ${branchDay(sql`e.created_at`)} as day, b.id as branch_id, e.kind, e.amount
  from vendor_entries e
  left join vendor_orders v on v.organization_id = e.organization_id and v.order_id = e.order_id and v.vendor_id = e.vendor_id
  left join branches b on b.id = v.branch_id
  where ${branchDay(sql`e.created_at`)} between ${range.from}::date and ${range.to}::date and ${ofBranch(range)}`;
