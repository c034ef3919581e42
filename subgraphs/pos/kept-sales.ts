/** Sales made offline that are not booked: the rows in which they are kept, whatever becomes of them. */
import { userOf } from '../../kernel/auth/actor';
import type { RequestContext } from '../../kernel/context';
import { sql, type Queryable, type Transaction } from '../../kernel/db/database';
import { revive, tag } from '../../kernel/db/idempotency';
import { transact } from '../../kernel/db/transact';
import type { Decimal } from '../../kernel/decimal';
import { PosProError } from '../../kernel/errors';
import type { RegisterRow } from '../registers';
import type { Conflict, Seller } from './offline-conflict.rules';
import { emitOfflineSale } from './offline-events';
import type { OfflineInput } from './read-offline-sale';

export type KeptStatus = 'pending' | 'held' | 'rejected' | 'booked';

/** A sale that is kept. */
export interface KeptSale {
  id: string;
  registerId: string;
  branchId: string;
  status: KeptStatus;
  clientReference: string;
  cashierId: string | null;
  /** What it comes to; null for one that is too large to be priced. */
  total: Decimal | null;
  currency: string;
  soldAt: Date;
  receivedAt: Date;
  /** Why the last try to book it failed. */
  error: string | null;
  /** Why it is, or was, held back; and what is known of it already. */
  reasons: Conflict[];
  decidedAt: Date | null;
  decidedBy: string | null;
  decisionNote: string | null;
}

/** A kept sale with what is needed to book it. */
export interface KeptSaleWithInput extends KeptSale {
  input: OfflineInput;
  requestHash: string;
  seller: Seller;
  sessionId: string | null;
}

type KeptRow = Omit<KeptSaleWithInput, 'input' | 'reasons'> & { sale: unknown; reasons: unknown };

/** The columns of a KeptSale; `p` is pending_sales. Its reasons are stored with tags: see `shownSale`. */
export const KEPT_COLUMNS = sql`p.id, p.register_id, p.branch_id, p.status, p.client_reference, p.cashier_id, p.total, p.currency,
  p.sold_at, p.received_at, p.error, p.reasons, p.decided_at, p.decided_by, p.decision_note`;

/** A row of KEPT_COLUMNS as it is shown. */
export function shownSale<Row extends { reasons: unknown }>(row: Row): Omit<Row, 'reasons'> & { reasons: Conflict[] } {
  return { ...row, reasons: revive(row.reasons) as Conflict[] };
}

function withInput({ sale, ...row }: KeptRow): KeptSaleWithInput {
  return { ...shownSale(row), input: revive(sale) as OfflineInput };
}

const ALL_COLUMNS = sql`${KEPT_COLUMNS}, p.sale, p.request_hash, p.seller, p.session_id`;

/** A kept sale by its client reference. @throws PosProError 422 IDEMPOTENCY_KEY_REUSED where that stands for another sale. */
export async function keptByReference(db: Queryable, reference: string, hash: string): Promise<KeptSaleWithInput | undefined> {
  const row = await db.maybeOne<KeptRow>(sql`select ${ALL_COLUMNS} from pending_sales p where p.client_reference = ${reference}`);
  if (row && row.requestHash !== hash) throw referenceReused(reference);
  return row && withInput(row);
}

/** A kept sale by its id. */
export async function keptById(db: Queryable, id: string): Promise<KeptSaleWithInput | undefined> {
  const row = await db.maybeOne<KeptRow>(sql`select ${ALL_COLUMNS} from pending_sales p where p.id = ${id}`);
  return row && withInput(row);
}

/** The sales that wait for a register, the oldest first. */
export async function waitingSales(db: Queryable, organizationId: string, registerId: string): Promise<KeptSaleWithInput[]> {
  const rows = await db.many<KeptRow>(sql`
    select ${ALL_COLUMNS} from pending_sales p
    where p.organization_id = ${organizationId}::uuid and p.register_id = ${registerId}::uuid and p.status = 'pending'
    order by p.sold_at, p.id`);
  return rows.map(withInput);
}

/** A sale that is to be kept. */
export interface SaleToKeep {
  status: 'pending' | 'held';
  register: RegisterRow;
  sessionId: string | null;
  input: OfflineInput;
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
    const kept = await tx.one<Omit<KeptSale, 'reasons'> & { reasons: unknown; requestHash: string; fresh: boolean }>(sql`
      insert into pending_sales as p (id, organization_id, register_id, branch_id, status, session_id, client_reference, request_hash,
        sale, seller, reasons, total, currency, cashier_id, sold_at, received_at)
      values (${ctx.ids.next()}, ${tx.organizationId}, ${register.id}, ${register.branchId}, ${sale.status}, ${sale.sessionId}::uuid,
        ${reference}, ${hash}, ${JSON.stringify(tag(input))}::jsonb, ${JSON.stringify(sale.seller)}::jsonb,
        ${JSON.stringify(tag(reasons))}::jsonb, ${sale.total}::numeric, ${register.currency}, ${userOf(ctx) ?? null}::uuid,
        ${input.createdAt ?? tx.now}, ${tx.now})
      on conflict (organization_id, client_reference) do update set client_reference = excluded.client_reference
      returning ${KEPT_COLUMNS}, p.request_hash, p.xmax::text = '0' as fresh`);
    if (kept.requestHash !== hash) throw referenceReused(reference);
    if (kept.fresh && kept.status === 'held') emitHeld(tx, kept, reasons);
    return shownSale(kept);
  });
}

function referenceReused(reference: string): PosProError {
  return new PosProError('IDEMPOTENCY_KEY_REUSED', `The client reference "${reference}" stands for another sale.`);
}

/** Holds back a sale that waited. */
export async function holdBack(ctx: RequestContext, sale: KeptSale, reasons: readonly Conflict[]): Promise<void> {
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
export async function markBooked(tx: Transaction, sale: KeptSale, orderId: string, decision?: Decision): Promise<void> {
  const decided = decision
    ? sql`, decided_at = ${tx.now}, decided_by = ${decision.by}::uuid, decision_note = ${decision.note}`
    : sql``;
  const marked = await tx.maybeOne(sql`
    update pending_sales p set status = 'booked', order_id = ${orderId}, booked_at = ${tx.now}, error = null${decided}
    where p.id = ${sale.id} and p.status in ('pending', 'held') returning p.id`);
  if (!marked) throw new PosProError('ILLEGAL_STATE', `The sale "${sale.clientReference}" waits no longer.`);
}
