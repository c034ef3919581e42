/** The payments through a provider of one order: given up with it, and captured when its goods are shipped. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { sum, type Decimal } from '#kernel/decimal';
import type { PaymentAction } from '../model';
import { paymentWork } from '../payment-work';
import { paymentIntents, type PaymentIntentRow } from '../tables.generated';
import { insertAttempt } from './payment-attempts';
import { abandon } from './settle-attempt';

/** Payments of an order that may still bring money and are not recorded as its payments. */
const UNRECORDED = sql`i.abandoned_at is null and not exists (select from payments p where p.order_id = i.order_id and p.id = i.id)`;

/** The amount for which the customer or a provider has yet to decide. */
export async function undecidedAmount(db: Queryable, orderId: string): Promise<Decimal> {
  const undecided = await db.many<Pick<PaymentIntentRow, 'amount'>>(sql`
    select i.amount from payment_intents i
    where i.order_id = ${orderId} and i.status in ('pending', 'requires_action') and ${UNRECORDED}`);
  return sum(undecided.map(({ amount }) => amount));
}

/** The customer's next step of orders that wait for one, by the order's id. */
export async function nextActionsOfOrders(
  db: Queryable,
  orderIds: readonly string[],
): Promise<ReadonlyMap<string, PaymentAction>> {
  const waiting = await db.many<Pick<PaymentIntentRow, 'orderId' | 'nextAction'>>(sql`
    select i.order_id, i.next_action from payment_intents i
    where i.order_id = any(${[...orderIds]}::uuid[]) and i.status = 'requires_action' and i.abandoned_at is null order by i.id`);
  return new Map(waiting.map(({ orderId, nextAction }) => [orderId!, nextAction!]));
}

/**
 * Gives up the payments of an order that are not recorded as its payments: what they hold is voided, and what they bring is refunded,
 * whenever it arrives. Lock the order first.
 */
export async function abandonPaymentsOfOrder(
  tx: Transaction,
  ctx: RequestContext,
  orderId: string,
): Promise<void> {
  const intents = await tx.many<PaymentIntentRow>(sql`
    select ${paymentIntents.select('i')} from payment_intents i where i.order_id = ${orderId} and ${UNRECORDED}
    order by i.id for no key update`);
  await giveUp(tx, ctx, intents);
}

/** Gives up recorded payments that are refunded in full before their money was captured: their authorizations are voided. */
export async function abandonPayments(
  tx: Transaction,
  ctx: RequestContext,
  ids: readonly string[],
): Promise<void> {
  const intents = await tx.many<PaymentIntentRow>(sql`
    select ${paymentIntents.select('i')} from payment_intents i where i.id = any(${[...ids]}::uuid[]) order by i.id for no key update`);
  await giveUp(tx, ctx, intents);
}

async function giveUp(
  tx: Transaction,
  ctx: RequestContext,
  intents: readonly PaymentIntentRow[],
): Promise<void> {
  for (const intent of intents) await abandon(tx, ctx, intent, tx.now);
  if (intents.length > 0) tx.afterCommit(() => paymentWork.notify(ctx.database));
}

/**
 * Captures the authorized payments of an order after the commit, by their amounts without what was refunded of them. A provider releases
 * the rest of an authorization with its capture, so there is one, with the first shipment.
 */
export async function capturePaymentsOfOrder(
  tx: Transaction,
  ctx: RequestContext,
  orderId: string,
): Promise<void> {
  const authorized = await tx.many<Pick<PaymentIntentRow, 'id' | 'currency'> & { left: Decimal }>(sql`
    select i.id, i.currency, p.amount - p.refunded_amount as left from payments p join payment_intents i on i.id = p.id
    where p.order_id = ${orderId} and p.status = 'authorized' and i.status = 'authorized' and p.amount > p.refunded_amount
    order by i.id for no key update of i`);
  for (const { left, ...intent } of authorized)
    await insertAttempt(tx, ctx, intent, 'capture', left, { nextAskAt: tx.now });
  if (authorized.length > 0) tx.afterCommit(() => paymentWork.notify(ctx.database));
}
