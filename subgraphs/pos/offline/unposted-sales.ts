/** Sales made offline that are not booked: the rows in which they are kept, whatever becomes of them. */
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

/** The columns that only booking needs. */
const POSTING_COLUMNS = [
  'organizationId',
  'sessionId',
  'requestHash',
  'sale',
  'seller',
  'orderId',
  'bookedAt',
] as const;

/** The columns of a KeptSale. Its reasons are stored with tags: see `shownSale`. */
export const unpostedSaleColumns = pendingSales.omit(...POSTING_COLUMNS);

/** A sale that is kept. */
export interface UnpostedSale extends Omit<PendingSaleRow, (typeof POSTING_COLUMNS)[number] | 'reasons'> {
  /** Why it is, or was, held back; and what is known of it already. */
  reasons: Conflict[];
}

/** A kept sale with what is needed to book it. */
export interface UnpostedSaleRecord
  extends UnpostedSale, Pick<PendingSaleRow, 'requestHash' | 'seller' | 'sessionId'> {
  input: OfflineCheckout;
}

/** A row of `keptSales` as it is shown. */
export function toUnpostedSale<Row extends { reasons: unknown }>(
  row: Row,
): Omit<Row, 'reasons'> & { reasons: Conflict[] } {
  return { ...row, reasons: revive(row.reasons) as Conflict[] };
}

function toRecord({ sale, ...row }: PendingSaleRow): UnpostedSaleRecord {
  return { ...toUnpostedSale(row), input: revive(sale) as OfflineCheckout };
}

/** A kept sale by its client reference. @throws PosProError 422 IDEMPOTENCY_KEY_REUSED where that stands for another sale. */
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

/** A kept sale by its id. */
export async function unpostedSaleById(db: Queryable, id: string): Promise<UnpostedSaleRecord | undefined> {
  const row = await db.maybeOne<PendingSaleRow>(
    sql`select ${pendingSales.select('p')} from pending_sales p where p.id = ${id}`,
  );
  return row && toRecord(row);
}

/** The sales that wait for a register, the oldest first. */
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

/** A sale that is to be kept. */
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
  /** Runs in the same transaction. @returns what it found, which is kept with the reasons. */
  before: (tx: Transaction) => Promise<Conflict[]>;
}

/**
 * Keeps a sale under its reference; where it is kept already, that row is the answer.
 * @throws PosProError 422 IDEMPOTENCY_KEY_REUSED where the reference stands for another sale.
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
    `The client reference "${reference}" stands for another sale.`,
  );
}

/** Holds back a sale that waited. */
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

/** Who decided that a held sale is booked, and what they wrote. */
export interface Decision {
  by: string | null;
  note: string | null;
}

/**
 * Marks a kept sale as booked, and a held one as released too.
 * @throws PosProError 409 ILLEGAL_STATE where it was rejected meanwhile.
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
    throw new PosProError('ILLEGAL_STATE', `The sale "${sale.clientReference}" waits no longer.`);
}
