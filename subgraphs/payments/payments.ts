/** Money that came in for orders, and went back. */
import { userOf } from '#kernel/auth/access';
import { groupBy } from '#kernel/collections';
import { type RequestContext } from '#kernel/context';
import { sql, type Queryable, type Sql, type Transaction } from '#kernel/db/database';
import { ZERO, sum, type Decimal } from '#kernel/decimal';
import { PosProError, invariant, notFound } from '#kernel/errors';
import { byId } from '#kernel/graph/loader';
import { isUuid } from '#kernel/ids';
import { payments, type PaymentRow } from './tables.generated';

export type { PaymentRow } from './tables.generated';

/** A payment as a till hands it in. */
export interface Tender {
  method: string;
  /** What stayed with the shop: cash is given less the change. Negative: paid out. */
  amount: Decimal;
  /** The terminal's or the bank's own reference. */
  reference?: string | null;
  /** Where money goes back: the payment it came from, if that is known. */
  refundedPaymentId?: string | null;
  /** Only the demo shop brings its own. */
  id?: string;
}

export type PaymentStatus = PaymentRow['status'];

export interface OrderPayments {
  orderId: string;
  registerSessionId: string | null;
  branchId: string;
  currency: string;
  customerId?: string | null;
  tenders: readonly Tender[];
}

/**
 * Writes down payments of an order, in one statement, and gives them back in the order of the tenders. Where a tender names the
 * payment whose money goes back, that one's refunded amount and status move with it.
 *
 * It moves nothing else: the caller posts to the register's session (registers) and, for the method "credit", to the customer's
 * account (customers).
 *
 * @throws PosProError 409 ILLEGAL_STATE where more would go back of a payment than came in, 404 where there is no such payment.
 */
export async function recordPayments(
  tx: Transaction,
  ctx: RequestContext,
  input: OrderPayments,
): Promise<PaymentRow[]> {
  if (input.tenders.length === 0) return [];
  const rows = input.tenders.map((tender, position) => toPaymentRow(tx, ctx, input, { ...tender, position }));
  const refunds = refundsByPayment(input.tenders);
  const recorded = await tx.many<PaymentRow>(sql`
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
  if (recorded.length === 0) await refuseRefund(tx, refunds);
  return recorded;
}

function toPaymentRow(
  tx: Transaction,
  ctx: RequestContext,
  input: OrderPayments,
  tender: Tender & { position: number },
): PaymentRow {
  const { position, amount, reference = null, refundedPaymentId = null, id = ctx.ids.next() } = tender;
  invariant(refundedPaymentId === null || amount.isNegative(), 'money that comes in refunds nothing');
  const { orderId, branchId, registerSessionId, customerId, currency } = input;
  return payments.complete({
    id,
    organizationId: tx.organizationId,
    orderId,
    position,
    branchId,
    registerSessionId,
    customerId,
    method: tender.method as PaymentRow['method'],
    amount,
    currency,
    status: amount.isNegative() ? 'refunded' : 'captured',
    refundedPaymentId,
    reference,
    userId: userOf(ctx),
    createdAt: tx.now,
  });
}

/** How much goes back of each payment that is named, in id order. */
function refundsByPayment(tenders: readonly Tender[]): { id: string; amount: Decimal }[] {
  const named = tenders.filter((tender) => tender.refundedPaymentId != null);
  return [...groupBy(named, (tender) => tender.refundedPaymentId!)]
    .map(([id, parts]) => ({ id, amount: sum(parts.map((part) => part.amount.negated())) }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

async function refuseRefund(
  tx: Transaction,
  refunds: readonly { id: string; amount: Decimal }[],
): Promise<never> {
  const known = await paymentsByIds(
    tx,
    refunds.map(({ id }) => id),
  );
  const unknown = refunds.find(({ id }) => !known.has(id));
  if (unknown) throw notFound('payment', unknown.id);
  throw new PosProError('ILLEGAL_STATE', 'More would go back of a payment than came in.');
}

/** What is left of payments to go back: what came in less what went back already; zero for one that went back itself. */
export function refundable(payment: Pick<PaymentRow, 'amount' | 'refundedAmount'>): Decimal {
  return payment.amount.isNegative() ? ZERO : payment.amount.minus(payment.refundedAmount);
}

/** The payments of these orders, as they were made, by the order's id. */
export async function paymentsOfOrders(
  db: Queryable,
  orderIds: readonly string[],
): Promise<Map<string, PaymentRow[]>> {
  const known = orderIds.filter(isUuid);
  const rows = await db.many<PaymentRow>(sql`
    select * from payments where order_id = any(${known}::uuid[]) order by created_at, position, id`);
  return groupBy(rows, ({ orderId }) => orderId);
}

/** All payments of one kind. */
export interface PaymentTotal {
  method: string;
  count: number;
  /** What came in less what went out. */
  amount: Decimal;
}

/**
 * What the payments of many orders come to, by kind, in one statement.
 * @param orderIds a subquery that selects the orders' ids.
 */
export async function paymentTotals(db: Queryable, orderIds: Sql): Promise<PaymentTotal[]> {
  return db.many<PaymentTotal>(sql`
    select p.method, count(*) as count, sum(p.amount) as amount from payments p where p.order_id in (${orderIds})
    group by p.method order by p.method`);
}

/** The payments among these ids that the caller may see. */
export async function paymentsByIds(
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, PaymentRow>> {
  const known = ids.filter(isUuid);
  return byId(await db.many<PaymentRow>(sql`select * from payments where id = any(${known}::uuid[])`));
}
