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

export type KeptStatus = PendingSaleRow['status'];

/** The columns that only booking needs. */
const FOR_BOOKING = [
  'organizationId',
  'sessionId',
  'requestHash',
  'sale',
  'seller',
  'orderId',
  'bookedAt',
] as const;

/** The columns of a KeptSale. Its reasons are stored with tags: see `shownSale`. */
export const keptSales = pendingSales.omit(...FOR_BOOKING);

/** A sale that is kept. */
export interface KeptSale extends Omit<PendingSaleRow, (typeof FOR_BOOKING)[number] | 'reasons'> {
  /** Why it is, or was, held back; and what is known of it already. */
  reasons: Conflict[];
}

/** A kept sale with what is needed to book it. */
export interface KeptSaleToBook
  extends KeptSale, Pick<PendingSaleRow, 'requestHash' | 'seller' | 'sessionId'> {
  input: OfflineCheckout;
}

/** A row of `keptSales` as it is shown. */
export function shownSale<Row extends { reasons: unknown }>(
  row: Row,
): Omit<Row, 'reasons'> & { reasons: Conflict[] } {
  return { ...row, reasons: revive(row.reasons) as Conflict[] };
}

function withInput({ sale, ...row }: PendingSaleRow): KeptSaleToBook {
  return { ...shownSale(row), input: revive(sale) as OfflineCheckout };
}

/** A kept sale by its client reference. @throws PosProError 422 IDEMPOTENCY_KEY_REUSED where that stands for another sale. */
export async function keptByReference(
  db: Queryable,
  reference: string,
  hash: string,
): Promise<KeptSaleToBook | undefined> {
  const row = await db.maybeOne<PendingSaleRow>(
    sql`select ${pendingSales.select('p')} from pending_sales p where p.client_reference = ${reference}`,
  );
  if (row && row.requestHash !== hash) throw referenceReused(reference);
  return row && withInput(row);
}

/** A kept sale by its id. */
export async function keptById(db: Queryable, id: string): Promise<KeptSaleToBook | undefined> {
  const row = await db.maybeOne<PendingSaleRow>(
    sql`select ${pendingSales.select('p')} from pending_sales p where p.id = ${id}`,
  );
  return row && withInput(row);
}

/** The sales that wait for a register, the oldest first. */
export async function waitingSales(
  db: Queryable,
  organizationId: string,
  registerId: string,
): Promise<KeptSaleToBook[]> {
  const rows = await db.many<PendingSaleRow>(sql`
    select ${pendingSales.select('p')} from pending_sales p
    where p.organization_id = ${organizationId}::uuid and p.register_id = ${registerId}::uuid and p.status = 'pending'
    order by p.sold_at, p.id`);
  return rows.map(withInput);
}

/** A sale that is to be kept. */
export interface SaleToKeep {
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
export async function keepSale(ctx: RequestContext, sale: SaleToKeep): Promise<KeptSale> {
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
    const kept = await tx.one<
      Omit<KeptSale, 'reasons'> & Pick<PendingSaleRow, 'reasons' | 'requestHash'> & { fresh: boolean }
    >(sql`
      ${row} on conflict (organization_id, client_reference) do update set client_reference = excluded.client_reference
      returning ${keptSales.select('pending_sales')}, request_hash, pending_sales.xmax::text = '0' as fresh`);
    if (kept.requestHash !== hash) throw referenceReused(reference);
    if (kept.fresh && kept.status === 'held') emitHeld(tx, kept, reasons);
    return shownSale(kept);
  });
}

function referenceReused(reference: string): PosProError {
  return new PosProError(
    'IDEMPOTENCY_KEY_REUSED',
    `The client reference "${reference}" stands for another sale.`,
  );
}

/** Holds back a sale that waited. */
export async function holdBack(
  ctx: RequestContext,
  sale: KeptSale,
  reasons: readonly Conflict[],
): Promise<void> {
  const all = [...sale.reasons, ...reasons];
  await transact(ctx, async (tx) => {
    const held = await tx.maybeOne(sql`
      update pending_sales p set status = 'held', reasons = ${JSON.stringify(tag(all))}::jsonb
      where p.id = ${sale.id} and p.status = 'pending' returning p.id`);
    if (held) emitHeld(tx, sale, all);
  });
}

function emitHeld(
  tx: Transaction,
  { branchId, registerId, clientReference }: Pick<KeptSale, 'branchId' | 'registerId' | 'clientReference'>,
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
export async function markBooked(
  tx: Transaction,
  sale: KeptSale,
  orderId: string,
  decision?: Decision,
): Promise<void> {
  const decided = decision
    ? sql`, decided_at = ${tx.now}, decided_by = ${decision.by}::uuid, decision_note = ${decision.note}`
    : sql``;
  const marked = await tx.maybeOne(sql`
    update pending_sales p set status = 'booked', order_id = ${orderId}, booked_at = ${tx.now}, error = null${decided}
    where p.id = ${sale.id} and p.status in ('pending', 'held') returning p.id`);
  if (!marked) throw new PosProError('ILLEGAL_STATE', `The sale "${sale.clientReference}" waits no longer.`);
}
