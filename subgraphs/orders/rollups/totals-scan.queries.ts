/** The running totals of business days, computed from the orders: what reports/day-totals.ts must have added up. */
import { join, raw, sql, type Queryable, type Sql } from '#kernel/db/database';
import { NONE } from '../reports/day-totals';

/** Business days of an organization, both inclusive. */
export interface ScanDays {
  readonly organizationId: string;
  /** "YYYY-MM-DD" */
  readonly from: string;
  readonly to: string;
}

/** Running totals that can be computed from orders. */
interface ScannedTotals {
  readonly table: string;
  readonly keys: readonly string[];
  readonly sums: readonly string[];
  /** Selects the keys, and then the sums. */
  readonly scan: (days: ScanDays) => Sql;
}

/** A business day of a branch whose running totals differ from its orders. */
export interface TotalsDifference {
  readonly table: string;
  readonly branchId: string;
  readonly businessDate: string;
}

const inDays = ({ organizationId, from, to }: ScanDays, alias: 'o' | 't') =>
  sql`${raw(alias)}.organization_id = ${organizationId}::uuid and ${raw(alias)}.business_date between ${from}::date and ${to}::date`;

/** Orders that are sales or returns, with their goods. */
const soldLines = (days: ScanDays): Sql => sql`
  from orders o join order_lines l on l.order_id = o.id
  where ${inDays(days, 'o')} and o.sold_at is not null and l.gift_card_purpose is null`;

const SALES_KEY = sql`
  o.organization_id, o.branch_id, o.business_date, coalesce(o.register_id, ${NONE}::uuid), o.channel, coalesce(o.cashier_id, ${NONE}::uuid)`;

/** Sums over lines `l`. */
const MARGIN_SUMS = sql`coalesce(sum(l.cost), 0), coalesce(sum(l.net) filter (where l.cost is null), 0)`;

const GOODS = sql`o.total - o.rounding - o.gift_card_total - o.shipping_total`;

export const SCANNED_TOTALS: readonly ScannedTotals[] = [
  {
    table: 'order_day_totals',
    keys: ['organization_id', 'branch_id', 'business_date', 'register_id', 'channel', 'cashier_id', 'hour'],
    sums: [
      ...[
        'sales',
        'returns',
        'units_sold',
        'units_returned',
        'gross',
        'discounts',
        'refunds',
        'net',
        'tax',
        'cost',
      ],
      ...['uncosted_net', 'voids_count', 'voids', 'rounding', 'shipping', 'tips', 'gift_card_sales'],
      'payment_differences',
    ],
    scan: (days) => sql`
      select ${SALES_KEY}, extract(hour from o.sold_at at time zone b.time_zone)::smallint,
        count(*) filter (where o.kind = 'sale'), count(*) filter (where o.kind = 'return'), sum(l.units_sold), sum(l.units_returned),
        coalesce(sum(o.gross_total) filter (where o.kind = 'sale'), 0),
        coalesce(sum(o.gross_total - (${GOODS})) filter (where o.kind = 'sale'), 0), coalesce(-sum(${GOODS}) filter (where o.kind = 'return'), 0),
        sum(l.net), sum(l.tax), sum(l.cost), sum(l.uncosted_net), count(*) filter (where o.voids),
        coalesce(-sum(${GOODS}) filter (where o.voids), 0), sum(o.rounding), sum(o.shipping_total), sum(o.tip), sum(o.gift_card_total),
        sum(o.payment_difference)
      from orders o join branches b on b.id = o.branch_id cross join lateral (
        select coalesce(sum(l.quantity) filter (where l.quantity > 0), 0) as units_sold,
          coalesce(-sum(l.quantity) filter (where l.quantity < 0), 0) as units_returned,
          coalesce(sum(l.net), 0) as net, coalesce(sum(l.tax), 0) as tax, coalesce(sum(l.cost), 0) as cost,
          coalesce(sum(l.net) filter (where l.cost is null), 0) as uncosted_net
        from order_lines l where l.order_id = o.id and l.gift_card_purpose is null
      ) l
      where ${inDays(days, 'o')} and o.sold_at is not null
      group by 1, 2, 3, 4, 5, 6, 7`,
  },
  {
    table: 'order_day_items',
    keys: [
      ...[
        'organization_id',
        'branch_id',
        'business_date',
        'register_id',
        'channel',
        'cashier_id',
        'variant_id',
      ],
      'product_id',
    ],
    sums: ['quantity', 'net_sales', 'net', 'cost', 'uncosted_net'],
    scan: (days) => sql`
      select ${SALES_KEY}, l.variant_id, l.product_id, sum(l.quantity), sum(l.total), sum(l.net), ${MARGIN_SUMS}
      ${soldLines(days)}
      group by 1, 2, 3, 4, 5, 6, 7, 8`,
  },
  {
    table: 'order_day_customers',
    keys: ['organization_id', 'branch_id', 'business_date', 'customer_id', 'channel'],
    sums: ['sales', 'returns', 'net', 'tax', 'cost', 'uncosted_net'],
    scan: (days) => sql`
      select o.organization_id, o.branch_id, o.business_date, o.customer_id, o.channel, count(distinct o.id) filter (where o.kind = 'sale'),
        count(distinct o.id) filter (where o.kind = 'return'), coalesce(sum(l.net), 0), coalesce(sum(l.tax), 0), ${MARGIN_SUMS}
      from orders o left join order_lines l on l.order_id = o.id and l.gift_card_purpose is null
      where ${inDays(days, 'o')} and o.sold_at is not null and o.customer_id is not null
      group by 1, 2, 3, 4, 5`,
  },
];

/**
 * The business days of branches whose running totals are not the sums over their orders. The hour is not compared: the branch may have
 * moved to another time zone since.
 */
export async function totalsDifferences(db: Queryable, days: ScanDays): Promise<TotalsDifference[]> {
  const differences: TotalsDifference[] = [];
  for (const { table, keys, sums, scan } of SCANNED_TOTALS) {
    const compared = keys.filter((key) => key !== 'hour').map((key) => raw(key));
    const negated = sums.map((column) => raw(`-t.${column}`));
    const differs = sums.map((column) => raw(`coalesce(sum(x.${column}), 0) <> 0`));
    const columns = raw([...keys, ...sums].join(', '));
    differences.push(
      ...(await db.many<TotalsDifference>(sql`
        select distinct ${table}::text as "table", d.branch_id, d.business_date::text as business_date from (
          select ${join(compared, ', ')} from (
            select * from (${scan(days)}) scanned
            union all
            select ${join([...keys.map((key) => raw(`t.${key}`)), ...negated], ', ')} from ${raw(table)} t where ${inDays(days, 't')}
          ) x (${columns})
          group by ${join(compared, ', ')} having ${join(differs, ' or ')}
        ) d order by 3, 2`)),
    );
  }
  return differences;
}
