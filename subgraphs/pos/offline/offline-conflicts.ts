/** The stored conflicts of posted offline sales, for a manager to acknowledge. */
import { userOf } from '#kernel/auth/access';
import { textErrors, throwFieldErrors } from '#kernel/validation';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import type { Decimal } from '#kernel/decimal';
import { PosProError, invariant, notFound } from '#kernel/errors';
import { groupBy } from '#kernel/collections';
import { isUuid } from '#kernel/ids';
import { inPeriod, listPage, sameId, type Page } from '#kernel/paging';
import type { FullOrder } from '#subgraphs/orders/index';
import { assertBranchAccess, removeConflicts } from '#subgraphs/registers/index';
import type { QueryOfflineConflictsArgs } from '../inputs.generated';
import { openConflicts, type Conflict } from './offline-conflicts.rules';
import { emitOfflineSale } from './offline-events';
import { offlineConflicts, type OfflineConflictRow } from '../tables.generated';

/** A stored conflict. */
export type SaleConflict = OfflineConflictRow;

/** Stores the conflicts of a new order in one statement, and emits the event. */
export async function insertConflicts(
  tx: Transaction,
  ctx: Pick<RequestContext, 'ids'>,
  order: FullOrder,
  conflicts: readonly Conflict[],
): Promise<void> {
  if (conflicts.length === 0) return;
  const {
    branchId,
    registerId,
    registerSessionId,
    clientReference,
    cashierId,
    currency,
    businessDate,
    createdAt: soldAt,
  } = order;
  const complete = registerId !== null && registerSessionId !== null && clientReference !== null;
  invariant(complete, 'an offline sale has its register, its session and its reference');
  const saleColumns = {
    branchId,
    registerId,
    registerSessionId,
    clientReference,
    cashierId,
    currency,
    businessDate,
    soldAt,
  };
  const writeColumns = { organizationId: tx.organizationId, orderId: order.id, createdAt: tx.now };
  const rows = conflicts.map((conflict, position) =>
    offlineConflicts.complete({ ...conflict, id: ctx.ids.next(), position, ...saleColumns, ...writeColumns }),
  );
  await tx.run(sql`
    insert into offline_conflicts (${offlineConflicts.columns}) select ${offlineConflicts.values('x')}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(${offlineConflicts.definitions})`);
  emitOfflineSale(tx, {
    change: 'conflict',
    branchId,
    registerId,
    clientReference,
    orderId: order.id,
    codes: [...new Set(conflicts.map(({ code }) => code))],
  });
}

/** The conflicts of orders, in their order. One statement. */
export async function conflictsOfOrders(
  db: Queryable,
  orderIds: readonly string[],
): Promise<Map<string, SaleConflict[]>> {
  const rows = await db.many<SaleConflict>(sql`
    select ${offlineConflicts.select('c')} from offline_conflicts c where c.order_id = any(${orderIds}::uuid[]) order by c.order_id, c.position`);
  return groupBy(rows, ({ orderId }) => orderId);
}

/** Lists the organization's conflicts, the newest first. */
export async function listConflicts(
  ctx: RequestContext,
  filter: QueryOfflineConflictsArgs,
): Promise<Page<SaleConflict>> {
  const where = [
    ...sameId(sql`c.branch_id`, filter.branchId),
    ...sameId(sql`c.register_id`, filter.registerId),
    ...sameId(sql`c.register_session_id`, filter.registerSessionId),
    ...sameId(sql`c.order_id`, filter.orderId),
    ...sameId(sql`c.cashier_id`, filter.cashierId),
    ...inPeriod(sql`c.sold_at`, filter),
  ];
  if (filter.code != null) where.push(sql`c.code = ${filter.code}`);
  if (filter.rule != null) where.push(sql`c.rule = ${filter.rule}`);
  if (filter.acknowledged != null) where.push(sql`(c.acknowledged_at is not null) = ${filter.acknowledged}`);
  return listPage<SaleConflict>(
    ctx.db,
    {
      select: offlineConflicts.select('c'),
      from: sql`offline_conflicts c`,
      where,
      sorts: { createdAt: sql`c.created_at`, soldAt: sql`c.sold_at` },
      defaultSort: '-createdAt',
      id: sql`c.id`,
    },
    filter,
  );
}

/** Acknowledges a conflict. The session's totals no longer count it, unless the session is closed. */
export async function acknowledgeConflict(
  ctx: RequestContext,
  id: string,
  note: string,
): Promise<SaleConflict> {
  throwFieldErrors(textErrors('note', note, { min: 1, max: 500 }));
  return transact(ctx, (tx) => acknowledgeInTransaction(tx, ctx, id, note.trim()), {
    idempotent: { operation: 'acknowledgeOfflineConflict', input: { id: id.toLowerCase(), note } },
  });
}

async function acknowledgeInTransaction(
  tx: Transaction,
  ctx: RequestContext,
  id: string,
  note: string,
): Promise<SaleConflict> {
  const storedConflict = isUuid(id)
    ? await tx.maybeOne<SaleConflict>(
        sql`select ${offlineConflicts.select('c')} from offline_conflicts c where c.id = ${id} for update`,
      )
    : undefined;
  if (!storedConflict) throw notFound('conflict', id);
  assertBranchAccess(ctx.actor, storedConflict.branchId);
  if (storedConflict.acknowledgedAt !== null) {
    throw new PosProError('ILLEGAL_STATE', 'The conflict has already been acknowledged.', {
      details: { acknowledgedAt: storedConflict.acknowledgedAt.toISOString() },
    });
  }
  const conflict = await tx.one<SaleConflict>(sql`
    update offline_conflicts c set acknowledged_at = ${tx.now}, acknowledged_by = ${userOf(ctx) ?? null}::uuid, note = ${note}
    where c.id = ${id} returning ${offlineConflicts.select('c')}`);
  await removeConflicts(tx, conflict.registerSessionId, openConflicts([conflict]));
  const { branchId, registerId, clientReference, orderId, code } = conflict;
  emitOfflineSale(tx, {
    change: 'acknowledged',
    branchId,
    registerId,
    clientReference,
    orderId,
    codes: [code],
  });
  return conflict;
}

/** Number of open conflicts, and the sum of the amounts at stake. */
export interface ConflictTotals {
  count: number;
  amount: Decimal;
}

/** Totals of the conflicts that are open at this moment, of a session or of a branch's business day. */
export async function openConflictTotals(
  db: Queryable,
  scope: { registerSessionId: string } | { branchId: string; date: string },
): Promise<ConflictTotals> {
  const where =
    'registerSessionId' in scope
      ? sql`c.register_session_id = ${scope.registerSessionId}::uuid`
      : sql`c.branch_id = ${scope.branchId}::uuid and c.business_date = ${scope.date}::date`;
  return db.one<ConflictTotals>(sql`
    select count(*)::int as count, coalesce(sum(abs(c.difference)), 0) as amount
    from offline_conflicts c where c.acknowledged_at is null and ${where}`);
}
