/** Payments of placed orders that no provider is asked for: cash, terminals that are not connected, accounts, and stored value. */
import { emptyToNull } from '#kernel/clean-text.rules';
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import { amountErrors, throwFieldErrors } from '#kernel/validation';
import { tenderErrors } from '#subgraphs/payments/index';
import { tenderLimitIssues } from '../basket/sale-tenders.rules';
import { openSessionFor } from '#subgraphs/registers/index';
import { tillTerms, type TillTerms } from '../basket/selling-terms';
import type { ProcessPaymentInput } from '../inputs.generated';
import { fieldIssue, throwIssues, type Issue } from '../issues.rules';
import type { FullOrder } from '../model';
import { dueAmount } from '../order/order-balance.rules';
import { lockOrder } from '../order/orders.queries';
import { addOrderPayment, assertPayable } from '../placing/order-payments';
import { cashDue, type SaleTender } from '../pricing/settlement.rules';
import { resolveTenders } from '../stored-value/resolve-tenders';

/**
 * Receives a payment of a placed order in the caller's transaction. Cash goes into the drawer of an open session; another method enters
 * the session totals only if a register is named. Without an amount, all that is due is paid, of stored value as far as its balance goes.
 * @returns the payment's id.
 * @throws PosProError 404; 409 ILLEGAL_STATE for an order that takes no payment, REGISTER_CLOSED for cash without an open drawer,
 * INSUFFICIENT_STOCK; 422 GIFT_CARD_INVALID, PAYMENT_INSUFFICIENT for a balance or a credit limit, and by field.
 */
export async function receiveOrderPayment(
  tx: Transaction,
  ctx: RequestContext,
  input: ProcessPaymentInput,
): Promise<string> {
  const order = await lockOrder(tx, input.orderId!);
  assertPayable(order);
  const terms = await tillTerms(ctx, tx, order.branchId);
  const tender = await resolveTender(tx, ctx, order, terms, input);
  const needsSession = input.method === 'cash' || input.registerId != null;
  const session = needsSession ? await openSessionFor(tx, ctx, input.registerId) : undefined;
  if (session) throwIssues(coinIssues(await tillTerms(ctx, tx, session.branchId), tender));
  const { payments } = await addOrderPayment(tx, ctx, order, [tender], session);
  return payments[0]!.id;
}

async function resolveTender(
  tx: Transaction,
  ctx: RequestContext,
  order: FullOrder,
  terms: TillTerms,
  { method, amount, giftCardCode, reference }: ProcessPaymentInput,
): Promise<SaleTender> {
  const { currency, customerId } = order;
  const due = dueAmount(order);
  if (amount != null) throwFieldErrors(amountErrors('amount', amount, currency, 'positive'));
  const isStored = method === 'gift_card' || method === 'store_credit';
  const named = {
    ...{ method, giftCardCode, reference: emptyToNull(reference) },
    amount: amount ?? (isStored ? null : due),
  };
  const methods = new Map(terms.methods.map((one) => [one.method, one]));
  throwFieldErrors(tenderErrors('', named, methods, { currency, channel: order.channel }));
  const resolved = await resolveTenders(ctx, tx, terms, { payments: [named] }, { total: due, customerId });
  throwIssues((resolved.issues ?? []).map(inInput));
  const [tender] = resolved.value!;
  throwIssues(amountIssues(tender!, due));
  throwIssues(tenderLimitIssues(terms, [tender!]).map((issue) => ({ ...issue, field: 'amount' })));
  return tender!;
}

/** Issues of the only tender, in the fields of this input. */
function inInput(issue: Issue): Issue {
  return { ...issue, field: issue.field.replace(/^payments\.0\./, '') };
}

function amountIssues({ amount }: SaleTender, due: SaleTender['amount']): Issue[] {
  if (amount.greaterThan(due))
    return [fieldIssue('amount', 'The payment exceeds the amount due.', 'OVERPAID')];
  if (!amount.greaterThan(0))
    return [fieldIssue('amount', 'There is nothing left to pay with.', 'NOT_POSITIVE')];
  return [];
}

/** @param terms of the branch whose drawer takes the money. */
function coinIssues(terms: TillTerms, { method, amount }: SaleTender): Issue[] {
  return method === 'cash' && !cashDue(terms, amount).equals(amount)
    ? [fieldIssue('amount', 'There are no coins for this amount.', 'PRECISION')]
    : [];
}
