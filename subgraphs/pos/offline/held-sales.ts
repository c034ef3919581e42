/** Held sales: offline sales that cannot be posted as sent, until a user with pos:override releases or rejects them. */
import { organizationOf, userOf } from '#kernel/auth/access';
import { textErrors, throwFieldErrors } from '#kernel/validation';
import { emptyToNull } from '#kernel/clean-text.rules';
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { PosProError, notFound } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { sameId, type Page } from '#kernel/paging';
import { orderByReference } from '#subgraphs/orders/index';
import { assertBranchAccess } from '#subgraphs/registers/index';
import type { OfflineSaleChange, QueryHeldOfflineSalesArgs } from '../inputs.generated';
import {
  unpostedSaleById,
  unpostedSaleColumns,
  toUnpostedSale,
  type UnpostedSale,
  type UnpostedSaleRecord,
} from './unposted-sales';
import { emitOfflineSale } from './offline-events';
import { replayedResult, type OfflineResult } from './offline-result';
import { postUnpostedSale, unpostedSalesPage, sessionClosedConflict } from './queued-sales.worker';

/** Lists the sales that are or were held, the oldest first. */
export async function heldOfflineSales(
  ctx: RequestContext,
  filter: QueryHeldOfflineSalesArgs,
): Promise<Page<UnpostedSale>> {
  const status = filter.status ?? 'held';
  const where = [
    sql`p.organization_id = ${organizationOf(ctx)}::uuid`,
    // Written out, because the index of held sales serves no parameter in the plan that a prepared statement keeps.
    status === 'held' ? sql`p.status = 'held'` : sql`p.status = ${status}`,
    ...sameId(sql`p.branch_id`, filter.branchId),
    ...sameId(sql`p.register_id`, filter.registerId),
  ];
  if (status !== 'held') where.push(sql`p.decided_at is not null`);
  return unpostedSalesPage(ctx, where, filter);
}

/**
 * Releases a held sale: posts it as sent, with its conflicts. If its register is closed, the sale is posted when the register opens.
 * @throws PosProError 404; 403 for a sale of another branch without pos:override; 409 ILLEGAL_STATE for a rejected sale; 422 for a sale
 * that exceeds every column.
 */
export async function releaseOfflineSale(
  ctx: RequestContext,
  id: string,
  note?: string | null,
): Promise<OfflineResult> {
  throwFieldErrors(textErrors('note', note, { max: 500 }));
  const sale = await requireHeldSale(ctx, id);
  const answer = { clientReference: sale.clientReference, error: null };
  const orderId = await orderByReference(ctx.db, sale.clientReference, sale.requestHash);
  if (orderId !== undefined) return replayedResult(ctx, sale.clientReference, orderId);
  if (sale.status === 'pending')
    return { ...answer, status: 'pending', posted: null, conflicts: [sessionClosedConflict(false)] };
  if (sale.status !== 'held') throw alreadyDecided(sale);
  const decision = { by: userOf(ctx) ?? null, note: emptyToNull(note) };
  const result = await postUnpostedSale(ctx, sale, decision);
  if (result) {
    const { posted, replayed, conflicts } = result;
    return { ...answer, status: replayed ? 'replayed' : 'conflict', posted, conflicts };
  }
  await decide(ctx, sale, { status: 'pending', change: 'released', note: decision.note });
  return {
    ...answer,
    status: 'pending',
    posted: null,
    conflicts: [sessionClosedConflict(false), ...sale.reasons],
  };
}

/**
 * Rejects a held sale for good. The row stays, with the user, the time and the reason.
 * @throws PosProError 404; 403; 409 ILLEGAL_STATE if the sale is no longer held; 422 without a reason.
 */
export async function rejectOfflineSale(
  ctx: RequestContext,
  id: string,
  reason: string,
): Promise<UnpostedSale> {
  throwFieldErrors(textErrors('reason', reason, { min: 1, max: 500 }));
  const sale = await requireHeldSale(ctx, id);
  if (sale.status !== 'held') throw alreadyDecided(sale);
  return decide(ctx, sale, { status: 'rejected', change: 'rejected', note: reason.trim() });
}

async function requireHeldSale(ctx: RequestContext, id: string): Promise<UnpostedSaleRecord> {
  const sale = isUuid(id) ? await unpostedSaleById(ctx.db, id) : undefined;
  if (!sale) throw notFound('held sale', id);
  assertBranchAccess(ctx.actor, sale.branchId);
  return sale;
}

function alreadyDecided({ clientReference, status }: UnpostedSale): PosProError {
  return new PosProError('ILLEGAL_STATE', `The sale "${clientReference}" is not held; it is ${status}.`, {
    details: { status },
  });
}

async function decide(
  ctx: RequestContext,
  sale: UnpostedSale,
  {
    status,
    change,
    note,
  }: { status: 'pending' | 'rejected'; change: OfflineSaleChange; note: string | null },
): Promise<UnpostedSale> {
  return transact(ctx, async (tx) => {
    const row = await tx.maybeOne<UnpostedSale>(sql`
      update pending_sales p set status = ${status}, decided_at = ${tx.now}, decided_by = ${userOf(ctx) ?? null}::uuid,
        decision_note = ${note}
      where p.id = ${sale.id} and p.status = 'held' returning ${unpostedSaleColumns.select('p')}`);
    if (!row) throw new PosProError('ILLEGAL_STATE', `The sale "${sale.clientReference}" is no longer held.`);
    const { branchId, registerId, clientReference, reasons } = sale;
    const codes = [...new Set(reasons.map(({ code }) => code))];
    emitOfflineSale(tx, { change, branchId, registerId, clientReference, orderId: null, codes });
    return toUnpostedSale(row);
  });
}
