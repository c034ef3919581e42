import { groupBy } from '#kernel/collections';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Sql } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import { invalid, notFound } from '#kernel/errors';
import { byId, loader } from '#kernel/graph/loader';
import { isUuid } from '#kernel/ids';
import { listPage, sameId, type Page } from '#kernel/paging';
import { amountErrors, throwFieldErrors } from '#kernel/validation';
import { currencyOf } from '#subgraphs/auth/index';
import { ofCustomer } from '#subgraphs/customers/index';
import {
  giftCardsOfOrders,
  paymentsOfOrders,
  withCode,
  type GiftCard,
  type PaymentRow,
} from '#subgraphs/payments/index';
import type { QueryOrdersArgs } from '../inputs.generated';
import { discountsLoader, discountsOfOrders } from './order-discounts';
import { trainingSales } from './training-sales';
import type { FullOrder, OrderKind, OrderLineRow, OrderRow, PostedOrder } from '../model';
import { orderLines, orders } from '../tables.generated';

/** Orders by their ids, without their lines; unknown ids are ignored. One statement. */
export async function ordersByIds(db: Queryable, ids: readonly string[]): Promise<OrderRow[]> {
  const uuids = ids.filter(isUuid);
  if (uuids.length === 0) return [];
  return db.many<OrderRow>(
    sql`select ${orders.select('o')} from orders o where o.id = any(${uuids}::uuid[])`,
  );
}

/** The lines of many orders, in line order. One statement. */
export async function linesOfOrders(
  db: Queryable,
  orderIds: readonly string[],
): Promise<Map<string, OrderLineRow[]>> {
  const rows = await db.many<OrderLineRow>(sql`
    select ${orderLines.select('l')} from order_lines l where l.order_id = any(${orderIds}::uuid[]) order by l.order_id, l.line_no`);
  return groupBy(rows, (row) => row.orderId);
}

/** An order with its lines. @throws PosProError 404 */
export async function orderById(db: Queryable, id: string): Promise<FullOrder> {
  const [order] = await ordersByIds(db, [id]);
  if (!order) throw notFound('order', id);
  return completeOrder(db, order);
}

/** The order with its lines and discounts. */
async function completeOrder(db: Queryable, order: OrderRow): Promise<FullOrder> {
  const lines = await linesOfOrders(db, [order.id]);
  const discounts = await discountsOfOrders(db, [order]);
  return { ...order, lines: lines.get(order.id) ?? [], discounts: discounts.get(order.id) ?? [] };
}

/** Locks an order until the commit, and reads it with its lines. @throws PosProError 404 */
export async function lockOrder(db: Queryable, id: string): Promise<FullOrder> {
  const order = isUuid(id)
    ? await db.maybeOne<OrderRow>(
        sql`select ${orders.select('o')} from orders o where o.id = ${id} for update`,
      )
    : undefined;
  if (!order) throw notFound('order', id);
  return completeOrder(db, order);
}

/** Loads orders by their ids, training sales included: all of a request in one query. */
export function orderLoader(ctx: RequestContext) {
  return loader<OrderRow>(ctx, 'orders.order', async (ids) => {
    const orders = byId(await ordersByIds(ctx.db, ids));
    const unknown = ids.filter((id) => !orders.has(id));
    if (unknown.length === 0) return orders;
    const training = await trainingSales(ctx.db, unknown);
    return new Map([...orders, ...[...training].map(([id, { order }]) => [id, order] as const)]);
  });
}

/** Loads the lines of orders, training sales included: all of a request in one query. */
export function linesLoader(ctx: RequestContext) {
  return loader<OrderLineRow[]>(ctx, 'orders.lines', async (ids) => {
    const lines = await linesOfOrders(ctx.db, ids);
    const without = ids.filter((id) => !lines.has(id));
    if (without.length === 0) return lines;
    const training = await trainingSales(ctx.db, without);
    return new Map([...lines, ...[...training].map(([id, { order }]) => [id, order.lines] as const)]);
  });
}

/** Hands a posted order to the request's loaders, so that the answer needs no further query. */
export function rememberOrder(ctx: RequestContext, { order, payments, giftCards = [] }: PostedOrder): void {
  const { lines, discounts, ...row } = order;
  orderLoader(ctx).clear(row.id).prime(row.id, row);
  linesLoader(ctx).clear(row.id).prime(row.id, lines);
  discountsLoader(ctx).clear(row.id).prime(row.id, discounts);
  // The domain payments resolves the payments of an order through a loader of this name.
  const paymentsLoader = loader<PaymentRow[]>(ctx, 'payments.ofOrder', (ids) =>
    paymentsOfOrders(ctx.db, ids),
  );
  paymentsLoader.clear(row.id).prime(row.id, payments);
  // So it does for gift cards. This is the only answer with their codes.
  const giftCardsLoader = loader<GiftCard[]>(ctx, 'payments.giftCardsOfOrder', (ids) =>
    giftCardsOfOrders(ctx.db, ids),
  );
  giftCardsLoader.clear(row.id).prime(
    row.id,
    giftCards.map((card) => withCode(ctx, card)),
  );
}

const ORDERS = sql`orders o`;

/**
 * A page of orders, the newest first by default.
 * @throws PosProError 422 if `to` is before `from` or below it, for totals that the currency cannot express, and as listPage.
 */
export async function listOrders(ctx: RequestContext, filter: QueryOrdersArgs): Promise<Page<OrderRow>> {
  await assertTotals(ctx, filter);
  return listPage<OrderRow>(
    ctx.db,
    {
      select: orders.select('o'),
      from: ORDERS,
      rows: ORDERS,
      where: conditions(filter),
      sorts: { createdAt: sql`o.created_at`, total: sql`o.total`, number: sql`o.number` },
      updatedAt: sql`o.updated_at`,
      defaultSort: '-createdAt',
      id: sql`o.id`,
    },
    filter,
  );
}

async function assertTotals(ctx: RequestContext, { totalFrom, totalTo }: QueryOrdersArgs): Promise<void> {
  if (totalFrom == null && totalTo == null) return;
  const currency = await currencyOf(ctx);
  const errorsOf = (field: string, total: Decimal | null | undefined) =>
    total == null ? [] : amountErrors(field, total.abs(), currency, 'not_negative');
  throwFieldErrors([...errorsOf('totalFrom', totalFrom), ...errorsOf('totalTo', totalTo)]);
  if (totalFrom != null && totalTo != null && totalFrom.greaterThan(totalTo))
    throw invalid('totalTo', 'The highest total is below the lowest.');
}

function conditions(filter: QueryOrdersArgs): Sql[] {
  const { date, from, to } = filter;
  if (from != null && to != null && from > to) throw invalid('to', 'The last day is before the first.');
  const where = [
    ...ofCustomer(sql`o.customer_id`, filter.customerId),
    ...sameId(sql`o.branch_id`, filter.branchId),
    ...sameId(sql`o.register_session_id`, filter.registerSessionId),
    ...sameId(sql`o.cashier_id`, filter.cashierId),
    ...sameId(sql`o.register_id`, filter.registerId),
  ];
  if (date != null) where.push(sql`o.business_date = ${date}::date`);
  if (from != null) where.push(sql`o.business_date >= ${from}::date`);
  if (to != null) where.push(sql`o.business_date <= ${to}::date`);
  if (filter.status != null) where.push(sql`o.status = ${filter.status}`);
  if (filter.channel != null) where.push(sql`o.channel = ${filter.channel}`);
  if (filter.kind != null) where.push(sql`o.kind = ${filter.kind}`);
  if (filter.receiptNumber != null) where.push(sql`o.receipt_number = ${filter.receiptNumber}`);
  if (filter.externalNumber != null) where.push(sql`o.external_number = ${filter.externalNumber}`);
  if (filter.number != null) where.push(sql`o.number = ${filter.number}`);
  if (filter.totalFrom != null) where.push(sql`o.total >= ${filter.totalFrom}::numeric`);
  if (filter.totalTo != null) where.push(sql`o.total <= ${filter.totalTo}::numeric`);
  return where;
}

/** The orders that belong to others, the oldest first: the returns against them (`return`), or their supplements (`sale`). */
export async function ordersOfOriginals(
  db: Queryable,
  kind: OrderKind,
  orderIds: readonly string[],
): Promise<Map<string, OrderRow[]>> {
  const rows = await db.many<OrderRow>(sql`
    select ${orders.select('o')} from orders o
    where o.original_order_id = any(${orderIds}::uuid[]) and o.kind = ${kind} order by o.id`);
  return groupBy(rows, (row) => row.originalOrderId!);
}
