/** Payments as callers see them: those of orders, and those through a provider that no order has yet. */
import { sql, type Queryable } from '#kernel/db/database';
import { revive } from '#kernel/db/idempotency';
import { groupBy } from '#kernel/collections';
import { byId } from '#kernel/graph/loader';
import { intentsByIds, intentsOfOrders } from './intents/payment-intents';
import { paymentsByIds, paymentsOfOrders } from './payments';
import type { PaymentIntentRow, PaymentRow } from './tables.generated';

/** A payment; one through a provider has no order until a checkout names it. */
export type ShownPayment = Omit<PaymentRow, 'orderId' | 'position' | 'organizationId'> & {
  orderId: string | null;
};

/** The payments among these ids that the caller may see. */
export async function shownPaymentsByIds(
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ShownPayment>> {
  const recorded = await paymentsByIds(db, ids);
  const missing = ids.filter((id) => !recorded.has(id));
  const intents = missing.length === 0 ? [] : await intentsByIds(db, missing);
  return new Map([...recorded, ...byId(intents.map(toPayment))]);
}

/** The payments of these orders by the order's id, the oldest first; payments without money, such as declined ones, are among them. */
export async function shownPaymentsOfOrders(
  db: Queryable,
  orderIds: readonly string[],
): Promise<ReadonlyMap<string, ShownPayment[]>> {
  const recorded = await paymentsOfOrders(db, orderIds);
  const intents = groupBy(await intentsOfOrders(db, orderIds), ({ orderId }) => orderId!);
  const shown = new Map<string, ShownPayment[]>(recorded);
  for (const [orderId, ofOrder] of intents) {
    const payments = recorded.get(orderId) ?? [];
    const ids = new Set(payments.map(({ id }) => id));
    shown.set(orderId, [...payments, ...ofOrder.filter(({ id }) => !ids.has(id)).map(toPayment)]);
  }
  return shown;
}

/** The payments of a training sale, which stand in the sale alone: the books have none. Empty for any other order. */
export async function trainingPayments(db: Queryable, orderId: string): Promise<ShownPayment[]> {
  const row = await db.maybeOne<{ sale: unknown }>(
    sql`select sale from training_sales where id = ${orderId}::uuid`,
  );
  return row ? (revive(row.sale) as { payments: ShownPayment[] }).payments : [];
}

/** A payment through a provider as callers see it. */
export function toPayment(intent: PaymentIntentRow): ShownPayment {
  return { ...intent, registerSessionId: null, refundedPaymentId: null };
}
