/** The rows of offline sales that could not be posted at once: pending, held and rejected sales, and those posted later. */
import { userOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { revive, tag } from '#kernel/db/idempotency';
import { transact } from '#kernel/db/transact';
import type { Decimal } from '#kernel/decimal';
import { PosProError } from '#kernel/errors';
import type { RegisterRow } from '#subgraphs/registers/index';
import type { Conflict } from './offline-conflicts.rules';
import { emitOfflineSale } from './offline-events';
import type { Seller } from './offline-model';
import type { OfflineCheckout } from './read-offline-sale';
import { pendingSales, type PendingSaleRow } from '../tables.generated';

/** The columns that only posting needs. */
const POSTING_COLUMNS = [
  'organizationId',
  'sessionId',
  'requestHash',
  'sale',
  'seller',
  'orderId',
  'bookedAt',
] as const;

/** The columns of an UnpostedSale. Its reasons are stored with tags: see `toUnpostedSale`. */
export const unpostedSaleColumns = pendingSales.omit(...POSTING_COLUMNS);

/** An offline sale that was not posted at once. */
export interface UnpostedSale extends Omit<PendingSaleRow, (typeof POSTING_COLUMNS)[number] | 'reasons'> {
  /** Reasons why the sale is or was held. */
  reasons: Conflict[];
}

/** An unposted sale with the columns that posting needs. */
export interface UnpostedSaleRecord
  extends UnpostedSale, Pick<PendingSaleRow, 'requestHash' | 'seller' | 'sessionId'> {
  input: OfflineCheckout;
}

/** Reads the stored reasons of a row of `unpostedSaleColumns`. */
export function toUnpostedSale<Row extends { reasons: unknown }>(
  row: Row,
): Omit<Row, 'reasons'> & { reasons: Conflict[] } {
  return { ...row, reasons: revive(row.reasons) as Conflict[] };
}

function toRecord({ sale, ...row }: PendingSaleRow): UnpostedSaleRecord {
  return { ...toUnpostedSale(row), input: revive(sale) as OfflineCheckout };
}

/** An unposted sale by its client reference. @throws PosProError 422 IDEMPOTENCY_KEY_REUSED if that belongs to another sale. */
export async function unpostedSaleByReference(
  db: Queryable,
  reference: string,
  hash: string,
): Promise<UnpostedSaleRecord | undefined> {
  const row = await db.maybeOne<PendingSaleRow>(
    sql`select ${pendingSales.select('p')} from pending_sales p where p.client_reference = ${reference}`,
  );
  if (row && row.requestHash !== hash) throw referenceReused(reference);
  return row && toRecord(row);
}

/** An unposted sale by its id. */
export async function unpostedSaleById(db: Queryable, id: string): Promise<UnpostedSaleRecord | undefined> {
  const row = await db.maybeOne<PendingSaleRow>(
    sql`select ${pendingSales.select('p')} from pending_sales p where p.id = ${id}`,
  );
  return row && toRecord(row);
}

/** The pending sales of a register, the oldest first. */
export async function pendingSalesOfRegister(
  db: Queryable,
  organizationId: string,
  registerId: string,
): Promise<UnpostedSaleRecord[]> {
  const rows = await db.many<PendingSaleRow>(sql`
    select ${pendingSales.select('p')} from pending_sales p
    where p.organization_id = ${organizationId}::uuid and p.register_id = ${registerId}::uuid and p.status = 'pending'
    order by p.sold_at, p.id`);
  return rows.map(toRecord);
}

/** An unposted sale to store. */
export interface NewUnpostedSale {
  status: 'pending' | 'held';
  register: RegisterRow;
  sessionId: string | null;
  input: OfflineCheckout;
  reference: string;
  hash: string;
  seller: Seller;
  total: Decimal | null;
  reasons: readonly Conflict[];
  /** Runs in the same transaction. @returns conflicts to store with the reasons. */
  before: (tx: Transaction) => Promise<Conflict[]>;
}

/**
 * Stores an unposted sale under its client reference. @returns the stored row, which may be that of an earlier request.
 * @throws PosProError 422 IDEMPOTENCY_KEY_REUSED if the reference belongs to another sale.
 */
export async function storeUnpostedSale(ctx: RequestContext, sale: NewUnpostedSale): Promise<UnpostedSale> {
  const { register, reference, hash, input } = sale;
  return transact(ctx, async (tx) => {
    const reasons = [...sale.reasons, ...(await sale.before(tx))];
    const row = pendingSales.insert({
      id: ctx.ids.next(),
      organizationId: tx.organizationId,
      registerId: register.id,
      branchId: register.branchId,
      status: sale.status,
      sessionId: sale.sessionId,
      clientReference: reference,
      requestHash: hash,
      sale: tag(input),
      seller: sale.seller,
      reasons: tag(reasons),
      total: sale.total,
      currency: register.currency,
      cashierId: userOf(ctx),
      soldAt: input.createdAt ?? tx.now,
      receivedAt: tx.now,
    });
    const stored = await tx.one<
      Omit<UnpostedSale, 'reasons'> & Pick<PendingSaleRow, 'reasons' | 'requestHash'> & { fresh: boolean }
    >(sql`
      ${row} on conflict (organization_id, client_reference) do update set client_reference = excluded.client_reference
      returning ${unpostedSaleColumns.select('pending_sales')}, request_hash, pending_sales.xmax::text = '0' as fresh`);
    if (stored.requestHash !== hash) throw referenceReused(reference);
    if (stored.fresh && stored.status === 'held') emitHeld(tx, stored, reasons);
    return toUnpostedSale(stored);
  });
}

function referenceReused(reference: string): PosProError {
  return new PosProError(
    'IDEMPOTENCY_KEY_REUSED',
    `The client reference "${reference}" belongs to another sale.`,
  );
}

/** Holds a pending sale. */
export async function holdSale(
  ctx: RequestContext,
  sale: UnpostedSale,
  reasons: readonly Conflict[],
): Promise<void> {
  const allReasons = [...sale.reasons, ...reasons];
  await transact(ctx, async (tx) => {
    const heldRow = await tx.maybeOne(sql`
      update pending_sales p set status = 'held', reasons = ${JSON.stringify(tag(allReasons))}::jsonb
      where p.id = ${sale.id} and p.status = 'pending' returning p.id`);
    if (heldRow) emitHeld(tx, sale, allReasons);
  });
}

function emitHeld(
  tx: Transaction,
  {
    branchId,
    registerId,
    clientReference,
  }: Pick<UnpostedSale, 'branchId' | 'registerId' | 'clientReference'>,
  reasons: readonly Conflict[],
): void {
  const codes = [...new Set(reasons.map(({ code }) => code))];
  emitOfflineSale(tx, { change: 'held', branchId, registerId, clientReference, orderId: null, codes });
}

/** The release of a held sale: the user, and the user's note. */
export interface Decision {
  by: string | null;
  note: string | null;
}

/**
 * Marks an unposted sale as posted, and a held one as released too.
 * @throws PosProError 409 ILLEGAL_STATE if the sale was rejected meanwhile.
 */
export async function markPosted(
  tx: Transaction,
  sale: UnpostedSale,
  orderId: string,
  decision?: Decision,
): Promise<void> {
  const decisionColumns = decision
    ? sql`, decided_at = ${tx.now}, decided_by = ${decision.by}::uuid, decision_note = ${decision.note}`
    : sql``;
  const postedRow = await tx.maybeOne(sql`
    update pending_sales p set status = 'booked', order_id = ${orderId}, booked_at = ${tx.now}, error = null${decisionColumns}
    where p.id = ${sale.id} and p.status in ('pending', 'held') returning p.id`);
  if (!postedRow)
    throw new PosProError(
      'ILLEGAL_STATE',
      `The sale "${sale.clientReference}" is no longer pending or held.`,
    );
}
