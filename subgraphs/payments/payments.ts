/** Payments of orders and their refunds. */
import { userOf } from '#kernel/auth/access';
import { groupBy } from '#kernel/collections';
import { type RequestContext } from '#kernel/context';
import { sql, type Queryable, type Sql, type Transaction } from '#kernel/db/database';
import { ZERO, sum, type Decimal } from '#kernel/decimal';
import { PosProError, invariant, notFound } from '#kernel/errors';
import { byId } from '#kernel/graph/loader';
import { isUuid } from '#kernel/ids';
import { payments, type PaymentRow } from './tables.generated';
import type { PaymentMethodKind } from './inputs.generated';

export type { PaymentRow } from './tables.generated';

/** An amount handed over or, if negative, paid out. */
export interface Tender {
  method: PaymentMethodKind;
  /** Amount that the shop kept: cash received minus change. Negative for a refund. */
  amount: Decimal;
  /** Reference of the card terminal or the bank. */
  reference?: string | null;
  /** On a refund: the original payment, if known. */
  refundedPaymentId?: string | null;
  /** Set only by the demo shop; a new id by default. */
  id?: string;
}

export interface OrderPayments {
  orderId: string;
  registerSessionId: string | null;
  branchId: string;
  currency: string;
  customerId?: string | null;
  tenders: readonly Tender[];
}

/**
 * Stores the payments of an order in one statement, and returns them in the order of the tenders. A tender that refunds a payment
 * also updates that payment's refunded amount and status.
 *
 * Nothing else moves: the caller posts to the register's session (registers) and, for the method "credit", to the customer's
 * account (customers).
 *
 * @throws PosProError 409 ILLEGAL_STATE for a refund of more than the payment's remaining amount; 404 for an unknown payment.
 */
export async function recordPayments(
  tx: Transaction,
  ctx: RequestContext,
  input: OrderPayments,
): Promise<PaymentRow[]> {
  if (input.tenders.length === 0) return [];
  const rows = input.tenders.map((tender, position) => toPaymentRow(tx, ctx, input, { ...tender, position }));
  const refunds = refundsByPayment(input.tenders);
  const storedPayments = await tx.many<PaymentRow>(sql`
    with refunded as (
      update payments p
      set refunded_amount = p.refunded_amount + r.amount,
        status = case when p.refunded_amount + r.amount = p.amount then 'refunded' else 'partially_refunded' end
      from jsonb_to_recordset(${JSON.stringify(refunds)}::jsonb) as r(id uuid, amount numeric)
      where p.id = r.id and p.refunded_amount + r.amount <= p.amount
      returning p.id
    ), recorded as (
      insert into payments (${payments.columns})
      select ${payments.values('x')} from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(${payments.definitions})
      where (select count(*) from refunded) = ${refunds.length}
      returning *
    )
    select * from recorded order by position`);
  if (storedPayments.length === 0) await throwRefundError(tx, refunds);
  return storedPayments;
}

function toPaymentRow(
  tx: Transaction,
  ctx: RequestContext,
  input: OrderPayments,
  tender: Tender & { position: number },
): PaymentRow {
  const { position, amount, reference = null, refundedPaymentId = null, id = ctx.ids.next() } = tender;
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
    status: amount.isNegative() ? 'refunded' : 'captured',
    refundedPaymentId,
    reference,
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

/** The amount of a payment that can still be refunded; zero for a refund. */
export function refundableAmount(payment: Pick<PaymentRow, 'amount' | 'refundedAmount'>): Decimal {
  return payment.amount.isNegative() ? ZERO : payment.amount.minus(payment.refundedAmount);
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

/** The total of one payment method. */
export interface PaymentTotal {
  method: PaymentMethodKind;
  count: number;
  /** Payments minus refunds. */
  amount: Decimal;
}

/**
 * The totals of the payments of many orders per payment method, in one statement.
 * @param orderIds a subquery that selects the orders' ids.
 */
export async function paymentTotals(db: Queryable, orderIds: Sql): Promise<PaymentTotal[]> {
  return db.many<PaymentTotal>(sql`
    select p.method, count(*) as count, sum(p.amount) as amount from (${orderIds}) o (id)
    -- As for the lines of a day: the payments of each order are read by its id.
    cross join lateral (select x.method, x.amount from payments x where x.order_id = o.id offset 0) p
    group by p.method order by p.method`);
}

/** The payments among these ids that the caller may see. */
export async function paymentsByIds(
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, PaymentRow>> {
  const validIds = ids.filter(isUuid);
  return byId(await db.many<PaymentRow>(sql`select * from payments where id = any(${validIds}::uuid[])`));
}
