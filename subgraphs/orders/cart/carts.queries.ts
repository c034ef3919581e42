import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import { listPage, sameId, type Page } from '#kernel/paging';
import { currencyOf } from '#subgraphs/auth/index';
import { ofCustomer } from '#subgraphs/customers/index';
import type { QueryCartsArgs } from '../inputs.generated';
import { carts, type CartRow } from '../tables.generated';
import { abandonedBefore } from './cart-metrics.queries';

/** A cart as the staff sees it in a list. */
export interface CartSummary extends CartRow {
  abandoned: boolean;
  currency: string;
  /** The sum of the lines at the prices that the customer last saw. */
  value: Decimal;
}

/** A page of carts, the last changed first. */
export async function listCarts(ctx: RequestContext, filter: QueryCartsArgs): Promise<Page<CartSummary>> {
  const abandoned = sql`(c.status = 'open' and c.items_count > 0 and c.updated_at <= ${await abandonedBefore(ctx)}::timestamptz)`;
  const where = [
    ...ofCustomer(sql`c.customer_id`, filter.customerId),
    ...sameId(sql`c.branch_id`, filter.branchId),
  ];
  if (filter.status != null) where.push(sql`c.status = ${filter.status}`);
  if (filter.abandoned != null) where.push(sql`${abandoned} = ${filter.abandoned}`);
  const list = {
    select: sql`${carts.select('c')}, ${abandoned} as abandoned,
      coalesce((select sum(i.quantity * i.unit_price) from cart_items i where i.cart_id = c.id), 0) as value`,
    from: sql`carts c`,
    rows: sql`carts c`,
    where,
    sorts: { createdAt: sql`c.created_at` },
    updatedAt: sql`c.updated_at`,
    defaultSort: '-updatedAt',
    id: sql`c.id`,
  };
  const page = await listPage<CartSummary>(ctx.db, list, filter);
  const currency = await currencyOf(ctx);
  return { ...page, items: page.items.map((cart) => ({ ...cart, currency })) };
}
