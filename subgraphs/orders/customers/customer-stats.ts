/** The sales of a customer in figures, read from the orders by the index `orders_of_customer`. */
import { organizationOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import { sql, type Sql } from '#kernel/db/database';
import { ZERO, type Decimal } from '#kernel/decimal';
import { ownOrganization } from '#subgraphs/auth/index';
import { requireCustomer } from '#subgraphs/customers/index';
import type { OrderStatus } from '../inputs.generated';
import type { OrderLineRow } from '../model';
import { averageSale } from '../reports/average-sale.rules';

/** Sums over the orders of a customer. Amounts include tax and exclude cash rounding. */
interface CustomerFigures {
  salesCount: number;
  returnsCount: number;
  /** Business days with a sale, counted for each branch. */
  visitsCount: number;
  /** Sales after discounts, before refunds. */
  spent: Decimal;
  refunded: Decimal;
  firstSeenAt: Date | null;
  lastSeenAt: Date | null;
}

/** A customer's sales in figures; the favourites are read when they are shown. */
export interface CustomerStats extends CustomerFigures {
  customerId: string;
  currency: string;
  /** Spent − refunded. */
  lifetimeValue: Decimal;
  averageBasket: Decimal;
}

/** An item that a customer buys often. */
export interface FavouriteItem extends Pick<OrderLineRow, 'productId' | 'variantId' | 'sku' | 'name'> {
  /** Sales with the item. */
  salesCount: number;
  /** Bought minus returned. */
  quantity: Decimal;
  /** Sold minus returned, after discounts, with tax. */
  netSales: Decimal;
  currency: string;
}

/** Number of favourites of a customer. */
const FAVOURITES = 5;

/** Orders that are not sales yet, or never became one. */
const UNCOUNTED: readonly OrderStatus[] = ['draft', 'pending', 'cancelled'];

const SALE = sql`o.kind = 'sale'`;

/** A customer's sales in figures, without the favourites. @throws PosProError 404 for an unknown or erased customer. */
export async function customerStats(ctx: RequestContext, id: string): Promise<CustomerStats> {
  const { id: customerId, currency } = await requireCustomer(ctx.db, id);
  const { roundingMode } = await ownOrganization(ctx);
  const figures = await ctx.reports.one<CustomerFigures>(sql`
    select (count(*) filter (where ${SALE}))::int as sales_count, (count(*) filter (where not ${SALE}))::int as returns_count,
      (count(distinct (o.branch_id, o.business_date)) filter (where ${SALE}))::int as visits_count,
      coalesce(sum(o.total - o.rounding) filter (where ${SALE}), 0) as spent,
      coalesce(sum(o.rounding - o.total) filter (where not ${SALE}), 0) as refunded,
      min(o.created_at) filter (where ${SALE}) as first_seen_at, max(o.created_at) as last_seen_at
    from orders o where ${ordersOf(ctx, customerId)}`);
  const { spent, refunded, salesCount: sales } = figures;
  return {
    ...figures,
    customerId,
    currency,
    lifetimeValue: spent.minus(refunded),
    averageBasket: averageSale({ gross: spent, discounts: ZERO, sales }, { currency, roundingMode }),
  };
}

/** The items that are in the most sales of a customer, at most five; without those of which all was returned. */
export async function favouritesOf(
  ctx: RequestContext,
  { customerId, currency }: Pick<CustomerStats, 'customerId' | 'currency'>,
): Promise<FavouriteItem[]> {
  const rows = await ctx.reports.many<Omit<FavouriteItem, 'currency'>>(sql`
    select l.product_id, l.variant_id, (count(distinct o.id) filter (where ${SALE}))::int as sales_count,
      (array_agg(l.sku order by o.created_at desc))[1] as sku, (array_agg(l.name order by o.created_at desc))[1] as name,
      sum(l.quantity) as quantity, sum(l.total) as net_sales
    from orders o join order_lines l on l.order_id = o.id
    where ${ordersOf(ctx, customerId)}
    group by l.product_id, l.variant_id having sum(l.quantity) > 0
    order by sales_count desc, quantity desc, l.variant_id limit ${FAVOURITES}`);
  return rows.map((row) => ({ ...row, currency }));
}

function ordersOf(ctx: RequestContext, customerId: string): Sql {
  return sql`o.organization_id = ${organizationOf(ctx)}::uuid and o.customer_id = ${customerId}::uuid
    and o.status <> all (${UNCOUNTED}::text[])`;
}
