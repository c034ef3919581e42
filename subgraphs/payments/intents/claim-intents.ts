/** Payments through a provider that tenders of an order name: taken before its checkout, or for the placed order itself. */
import { groupBy } from '#kernel/collections';
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { PosProError } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { formatMoney } from '#kernel/money';
import type { OrderPayments, Tender } from '../model';
import type { PaymentIntentRow } from '../tables.generated';
import { paymentWork } from '../payment-work';
import { insertAttempt } from './payment-attempts';
import { emitPaymentChanged, intentsByIds } from './payment-intents';

/**
 * Takes the payments that tenders name by their references for an order, each once. A reference that is not the id of a payment stays a
 * reference; when no reference is a UUID, nothing is sent. An authorized payment that was taken before the order is captured after the
 * commit; one that was taken for the order is captured when its goods are shipped.
 *
 * @throws PosProError 409 ILLEGAL_STATE for a payment that has no money to give, belongs to another order, or has another amount,
 * currency or method.
 */
export async function claimIntents(
  tx: Transaction,
  ctx: RequestContext,
  input: Pick<OrderPayments, 'orderId' | 'currency' | 'customerId' | 'tenders'>,
): Promise<readonly Tender[]> {
  const named = input.tenders.filter(
    ({ amount, reference }) => amount.greaterThan(0) && isUuid(reference ?? ''),
  );
  if (named.length === 0) return input.tenders;
  const found = await intentsByIds(
    tx,
    named.map(({ reference }) => reference!),
  );
  if (found.length === 0) return input.tenders;
  const intents = new Map(found.map((intent) => [intent.id, intent]));
  const claimed = new Map<Tender, PaymentIntentRow>();
  for (const [reference, tenders] of [
    ...groupBy(named, (tender) => tender.reference!.toLowerCase()),
  ].sort()) {
    const intent = intents.get(reference);
    if (!intent) continue;
    if (tenders.length > 1) throw notClaimable(intent, 'is named twice');
    claimed.set(tenders[0]!, await claim(tx, ctx, intent, tenders[0]!, input));
  }
  return input.tenders.map((tender) => withPayment(tender, claimed.get(tender)));
}

function withPayment(tender: Tender, intent: PaymentIntentRow | undefined): Tender {
  if (!intent) return tender;
  const { id, reference, provider, providerReference, status } = intent;
  return {
    ...tender,
    id,
    provider,
    reference: reference ?? providerReference,
    ...(status === 'authorized' && { status }),
  };
}

async function claim(
  tx: Transaction,
  ctx: RequestContext,
  intent: PaymentIntentRow,
  { method, amount }: Tender,
  { orderId, currency, customerId = null }: Pick<OrderPayments, 'orderId' | 'currency' | 'customerId'>,
): Promise<PaymentIntentRow> {
  const claimed = await tx.maybeOne<PaymentIntentRow>(sql`
    update payment_intents set order_id = ${orderId}, customer_id = coalesce(customer_id, ${customerId}), updated_at = ${tx.now}
    where id = ${intent.id} and (order_id is null or order_id = ${orderId}) and abandoned_at is null and currency = ${currency} and method = ${method}
      and (status = 'captured' and captured_amount = ${amount} or status = 'authorized' and authorized_amount >= ${amount})
    returning *`);
  if (!claimed)
    throw notClaimable(intent, `cannot pay ${formatMoney(amount, currency)} ${currency} of the order`);
  if (intent.orderId !== null) return claimed;
  if (claimed.status === 'authorized') {
    await insertAttempt(tx, ctx, claimed, 'capture', amount, { nextAskAt: tx.now });
    tx.afterCommit(() => paymentWork.notify(ctx.database));
  }
  emitPaymentChanged(tx, claimed);
  return claimed;
}

function notClaimable(
  { id, status, method, amount, currency, orderId }: PaymentIntentRow,
  what: string,
): PosProError {
  const taken = orderId === null ? '' : ' It belongs to another order.';
  const message = `Payment ${id} (${method}, ${formatMoney(amount, currency)} ${currency}, ${status}) ${what}.${taken}`;
  return new PosProError('ILLEGAL_STATE', message, { details: { paymentId: id, status } });
}
