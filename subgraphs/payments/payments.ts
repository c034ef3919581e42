/** Payments of orders and their refunds. */
import { userOf } from '#kernel/auth/access';
import { groupBy } from '#kernel/collections';
import { type RequestContext } from '#kernel/context';
import { sql, type Queryable, type Sql, type Transaction } from '#kernel/db/database';
import { ZERO, sum, type Decimal } from '#kernel/decimal';
import { PosProError, invariant, notFound } from '#kernel/errors';
import { byId } from '#kernel/graph/loader';
import { isUuid } from '#kernel/ids';
import { claimIntents } from './intents/claim-intents';
import { abandonPayments } from './intents/order-intents';
import { paymentWork } from './payment-work';
import { payments, type PaymentRow } from './tables.generated';
import type { OrderPayments, Tender } from './model';

/**
 * Stores the payments of an order in one statement, and returns them in the order of the tenders. A tender that refunds a payment
 * also updates that payment's refunded amount and status; without one, the statement is sent without waiting.
 *
 * Nothing else moves: the caller posts to the register's session (registers) and, for the method "credit", to the customer's
 * account (customers). A tender whose reference is the id of a payment through a provider takes that payment for the order, and a refund
 * of such a payment is sent to the provider after the commit.
 *
 * @throws PosProError 409 ILLEGAL_STATE for a refund of more than the payment's remaining amount, and for a payment that cannot be taken
 * for the order; 404 for an unknown payment.
 */
export async function recordPayments(
  tx: Transaction,
  ctx: RequestContext,
  input: OrderPayments,
): Promise<PaymentRow[]> {
  if (input.tenders.length === 0) return [];
  const tenders = await claimIntents(tx, ctx, input);
  const rows = tenders.map((tender, position) => toPaymentRow(tx, ctx, input, { ...tender, position }));
  const refunds = refundsByPayment(input.tenders);
  if (refunds.length === 0) {
    tx.send(insertPayments(rows));
    return rows;
  }
  const storedPayments = await tx.many<PaymentRow & { voids: boolean }>(sql`
    with refunded as (
      update payments p
      set refunded_amount = p.refunded_amount + r.amount,
        status = case when p.refunded_amount + r.amount < p.amount then case p.status when 'authorized' then p.status else 'partially_refunded' end
          when p.status = 'authorized' then 'voided' else 'refunded' end
      from jsonb_to_recordset(${JSON.stringify(refunds)}::jsonb) as r(id uuid, amount numeric)
      where p.id = r.id and p.refunded_amount + r.amount <= p.amount and p.status not in ('failed', 'voided')
        and (p.status <> 'authorized' or not exists (
          select from payment_attempts a where a.intent_id = p.id and a.kind = 'capture' and a.status = 'open'))
      returning p.id, p.status
    ), recorded as (
      ${insertPayments(rows)}
      where (select count(*) from refunded) = ${refunds.length}
      returning *
    ), asked as (
      insert into payment_attempts (id, organization_id, intent_id, kind, amount, currency, status, next_ask_at, created_at)
      select r.id, r.organization_id, i.id, 'refund', -r.amount, r.currency, 'open', ${tx.now}, ${tx.now}
      from recorded r join payment_intents i on i.id = r.refunded_payment_id
      where i.captured_amount > 0
    )
    select r.*, exists (select from refunded f where f.id = r.refunded_payment_id and f.status = 'voided') as voids
    from recorded r order by r.position`);
  if (storedPayments.length === 0) await throwRefundError(tx, refunds);
  const voided = storedPayments
    .filter(({ voids }) => voids)
    .map(({ refundedPaymentId }) => refundedPaymentId!);
  // An authorization that is not needed any more is released; of one that is needed in part, less is captured.
  if (voided.length > 0) await abandonPayments(tx, ctx, voided);
  tx.afterCommit(() => paymentWork.notify(ctx.database));
  return storedPayments.map((payment) => payments.complete(payment));
}

export function insertPayments(rows: readonly PaymentRow[]): Sql {
  return sql`
    insert into payments (${payments.columns})
    select ${payments.values('x')} from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(${payments.definitions})`;
}

function toPaymentRow(
  tx: Transaction,
  ctx: RequestContext,
  input: OrderPayments,
  tender: Tender & { position: number },
): PaymentRow {
  const {
    position,
    amount,
    reference = null,
    refundedPaymentId = null,
    id = ctx.ids.next(),
    status,
  } = tender;
  invariant(refundedPaymentId === null || amount.isNegative(), 'a positive amount refunds a payment');
  const { orderId, branchId, registerSessionId, customerId, currency } = input;
  return payments.complete({
    id,
    organizationId: tx.organizationId,
    orderId,
    position,
    branchId,
    registerSessionId,
    customerId,
    method: tender.method,
    amount,
    currency,
    status: status ?? (amount.isNegative() ? 'refunded' : 'captured'),
    refundedPaymentId,
    reference,
    provider: tender.provider ?? null,
    userId: userOf(ctx),
    createdAt: tx.now,
  });
}

/** The amount to refund of each original payment, in the order of their ids. */
function refundsByPayment(tenders: readonly Tender[]): { id: string; amount: Decimal }[] {
  const refunds = tenders.filter((tender) => tender.refundedPaymentId != null);
  return [...groupBy(refunds, (tender) => tender.refundedPaymentId!)]
    .map(([id, parts]) => ({ id, amount: sum(parts.map((part) => part.amount.negated())) }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

async function throwRefundError(
  tx: Transaction,
  refunds: readonly { id: string; amount: Decimal }[],
): Promise<never> {
  const storedPayments = await paymentsByIds(
    tx,
    refunds.map(({ id }) => id),
  );
  const unknownRefund = refunds.find(({ id }) => !storedPayments.has(id));
  if (unknownRefund) throw notFound('payment', unknownRefund.id);
  throw new PosProError('ILLEGAL_STATE', 'The refund exceeds the remaining amount of a payment.');
}

/**
 * The amount of a payment that can still be refunded or released; zero for a refund, for a payment whose money never came in, and for a
 * correction.
 */
export function refundableAmount(payment: Pick<PaymentRow, 'amount' | 'refundedAmount' | 'status'>): Decimal {
  const isEmpty = payment.amount.isNegative() || payment.status === 'failed' || payment.status === 'voided';
  return isEmpty ? ZERO : payment.amount.minus(payment.refundedAmount);
}

/** The payments of these orders by the order's id, the oldest first. */
export async function paymentsOfOrders(
  db: Queryable,
  orderIds: readonly string[],
): Promise<Map<string, PaymentRow[]>> {
  const validIds = orderIds.filter(isUuid);
  const rows = await db.many<PaymentRow>(sql`
    select * from payments where order_id = any(${validIds}::uuid[]) order by created_at, position, id`);
  return groupBy(rows, ({ orderId }) => orderId);
}

/** The payments among these ids that the caller may see. */
export async function paymentsByIds(
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, PaymentRow>> {
  const validIds = ids.filter(isUuid);
  return byId(await db.many<PaymentRow>(sql`select * from payments where id = any(${validIds}::uuid[])`));
}
