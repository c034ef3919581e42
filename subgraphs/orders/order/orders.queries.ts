import { groupBy } from '#kernel/collections';
import type { RequestContext } from '#kernel/context';
import { raw, sql, type Queryable, type Sql } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import { invalid, invariant, notFound } from '#kernel/errors';
import { byId, loader } from '#kernel/graph/loader';
import { isUuid } from '#kernel/ids';
import { listPage, sameId, whereAll, type Page } from '#kernel/paging';
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
  // Where payments are resolved in another process, the primed loaders below do not reach them.
  if (order.training || giftCards.length > 0) ctx.reply.posted = [...(ctx.reply.posted ?? []), row.id];
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
      from: recentOrFew(ctx, filter),
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

/** Longest period, in days, whose orders are read as a whole before they are sorted. */
const SHORT_PERIOD_DAYS = 31;
const DAY_MS = 86_400_000;

/**
 * The tables of the list. Of a short period, its orders are read first (OFFSET keeps the planner from another way): to find them among
 * the newest orders, each month's table would be read to its end. Of a long period, the newest orders of the list are found soon.
 */
function recentOrFew(ctx: RequestContext, { from, to, updatedSince, sort }: QueryOrdersArgs): Sql {
  const conditions: Sql[] = [];
  if (from != null && to != null && Date.parse(to) - Date.parse(from) < SHORT_PERIOD_DAYS * DAY_MS)
    conditions.push(sql`p.business_date >= ${from}::date and p.business_date <= ${to}::date`);
  const isByChange = sort != null && /updated_?at$/i.test(sort);
  if (
    updatedSince != null &&
    !isByChange &&
    ctx.clock.now().getTime() - updatedSince.getTime() < SHORT_PERIOD_DAYS * DAY_MS
  )
    conditions.push(sql`p.updated_at >= ${updatedSince}`);
  if (conditions.length === 0) return ORDERS;
  return sql`(select p.* from orders p ${whereAll(conditions)} offset 0) o`;
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
  if (to != null) {
    where.push(sql`o.business_date <= ${to}::date`);
    // An order is never sold before it is placed. So the list, which begins with the newest orders, begins near this day.
    where.push(sql`o.created_at < ((${to}::date + ${DAYS_TO_PLACE}::int)::timestamp at time zone 'UTC')`);
  }
  if (filter.status != null) where.push(isOneOf(sql`o.status`, filter.status));
  if (filter.channel != null) where.push(isOneOf(sql`o.channel`, filter.channel));
  if (filter.kind != null) where.push(isOneOf(sql`o.kind`, filter.kind));
  if (filter.receiptNumber != null) where.push(sql`o.receipt_number = ${filter.receiptNumber}`);
  if (filter.externalNumber != null) where.push(sql`o.external_number = ${filter.externalNumber}`);
  if (filter.number != null) where.push(sql`o.number = ${filter.number}`);
  if (filter.totalFrom != null) where.push(sql`o.total >= ${filter.totalFrom}::numeric`);
  if (filter.totalTo != null) where.push(sql`o.total <= ${filter.totalTo}::numeric`);
  return where;
}

/** Days from a business day, in UTC, within which its orders are placed: a day may end after midnight, and 12 hours behind UTC. */
const DAYS_TO_PLACE = 3;

/** A condition whose value stands in the statement: the indexes of rare values (prisma/sql/orders.sql) hold no others. */
function isOneOf(column: Sql, value: string): Sql {
  invariant(/^[a-z_]+$/.test(value), 'a value of an enum has small letters only');
  return sql`${column} = ${raw(`'${value}'`)}`;
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
