/** Takes payments: through providers by reserve, ask, settle; of placed orders also by what PosPro keeps itself. */
import { emptyToNull } from '#kernel/clean-text.rules';
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { PosProError, invalid, notFound } from '#kernel/errors';
import { amountErrors, textErrors, throwFieldErrors } from '#kernel/validation';
import { branchOf, sellingTerms } from '#subgraphs/auth/index';
import { customerById } from '#subgraphs/customers/index';
import {
  acceptanceErrors,
  cardProvider,
  declinedError,
  insertAttempt,
  insertIntent,
  isRejected,
  paymentMethods,
  providerTask,
  type PaymentAttemptRow,
  type PaymentIntentRow,
  type ProviderName,
} from '#subgraphs/payments/index';
import type { OrderChannel, ProcessPaymentInput } from '../inputs.generated';
import { dueAmount } from '../order/order-balance.rules';
import { lockOrder } from '../order/orders.queries';
import { tokenErrors } from './card-token.rules';
import { receiveOrderPayment } from './receive-payment';
import { reserveOrderPayment } from './reserve-payment';
import { runAttempt } from './run-attempt';

/** Methods whose money comes from outside; accounts and gift cards are charged by the checkout itself. */
const METHODS: readonly string[] = ['cash', 'card', 'bank_transfer', 'mobile', 'other'];

/**
 * Takes a payment: of a placed order, or before a checkout that names it.
 * @returns the payment's id. @throws PosProError as processPayment and receiveOrderPayment.
 */
export async function takePayment(
  ctx: RequestContext,
  input: ProcessPaymentInput,
): Promise<Pick<PaymentIntentRow, 'id'>> {
  const provider = await providerFor(ctx, input);
  if (input.orderId == null || provider !== 'manual') return payThrough(ctx, input, provider);
  // No provider has to be asked, so one transaction does all.
  const idempotent = { operation: 'processPayment', input };
  return { id: await transact(ctx, (tx) => receiveOrderPayment(tx, ctx, input), { idempotent }) };
}

/**
 * Takes a payment through a provider. It is reserved in a transaction, which an idempotency key runs once; the provider is asked after the
 * commit, and the answer is settled in another transaction, with the order if it is of one. Without an answer the payment is `pending`,
 * and settles later.
 *
 * @throws PosProError 402 PAYMENT_DECLINED; 404 for an unknown order, branch or customer; 409 ILLEGAL_STATE for an order that takes no
 * payment, INSUFFICIENT_STOCK if its goods were sold meanwhile and the money went back, IDEMPOTENCY_IN_PROGRESS; 422 by field.
 */
export async function processPayment(
  ctx: RequestContext,
  input: ProcessPaymentInput,
): Promise<PaymentIntentRow> {
  return payThrough(ctx, input, await providerFor(ctx, input));
}

async function payThrough(
  ctx: RequestContext,
  input: ProcessPaymentInput,
  provider: ProviderName,
): Promise<PaymentIntentRow> {
  const idempotent = { operation: 'processPayment', input };
  const attemptId = await transact(ctx, (tx) => reserve(tx, ctx, input, provider), { idempotent });
  const task = await providerTask(ctx.db, attemptId);
  const payment = ctx.reply.replayed ? earlierPayment(task!) : await runAttempt(ctx, task!);
  if (isRejected(payment)) throw declinedError(payment);
  return payment;
}

type Task = NonNullable<Awaited<ReturnType<typeof providerTask>>>;

/** The payment of a repeated request. */
function earlierPayment({ intent, attempt }: Task): PaymentIntentRow {
  if (attempt.status !== 'open' || attempt.asks > 0) return intent;
  throw new PosProError('IDEMPOTENCY_IN_PROGRESS', 'The provider has not answered the first request yet.', {
    retryAfter: 1,
  });
}

/** @throws PosProError 422 for a provider that does not take the payment. */
async function providerFor(
  ctx: RequestContext,
  { method, provider }: ProcessPaymentInput,
): Promise<ProviderName> {
  const usual = method === 'card' ? await cardProvider(ctx) : 'manual';
  if (provider == null || provider === usual || provider === 'manual') return provider ?? usual;
  throw invalid('provider', `${provider} does not take payments by ${method} here.`, 'PROVIDER_UNAVAILABLE');
}

/** @returns the id of the reserved request. */
async function reserve(
  tx: Transaction,
  ctx: RequestContext,
  input: ProcessPaymentInput,
  provider: ProviderName,
): Promise<string> {
  const { method, capture, providerToken: cardToken = null, returnUrl = null } = input;
  throwFieldErrors([
    ...textErrors('returnUrl', returnUrl, { max: 2000, lines: false }),
    ...tokenErrors(cardToken),
  ]);
  if (!METHODS.includes(method))
    throw invalid('method', `A payment by ${method} is a tender of the checkout itself.`, 'UNKNOWN_METHOD');
  const payment = { method, provider, captures: capture ?? true, reference: emptyToNull(input.reference) };
  const details = { cardToken, returnUrl };
  const attempt =
    input.orderId == null
      ? await reserveUnclaimed(tx, ctx, input, payment, details)
      : await reserveForOrder(tx, ctx, input, payment, details);
  return attempt.id;
}

type Payment = Pick<PaymentIntentRow, 'method' | 'provider' | 'captures' | 'reference'>;
type Details = Pick<PaymentAttemptRow, 'cardToken' | 'returnUrl'>;

async function reserveUnclaimed(
  tx: Transaction,
  ctx: RequestContext,
  { amount, customerId = null, ...input }: ProcessPaymentInput,
  payment: Payment,
  details: Details,
): Promise<PaymentAttemptRow> {
  const branchId = branchOf(ctx, input.branchId);
  const { currency } = await sellingTerms(tx, branchId);
  if (amount == null) throw invalid('amount', 'A payment without an order has an amount.', 'REQUIRED');
  throwFieldErrors(amountErrors('amount', amount, currency, 'positive'));
  await assertAccepted(tx, { ...payment, amount }, { branchId, currency });
  if (customerId !== null && !(await customerById(tx, customerId))) throw notFound('customer', customerId);
  const intent = await insertIntent(tx, ctx, { ...payment, branchId, customerId, amount, currency });
  return (await insertAttempt(tx, ctx, intent, 'authorize', amount, details))!;
}

async function reserveForOrder(
  tx: Transaction,
  ctx: RequestContext,
  { orderId, amount }: ProcessPaymentInput,
  payment: Payment,
  details: Details,
): Promise<PaymentAttemptRow> {
  const order = await lockOrder(tx, orderId!);
  if (amount != null) throwFieldErrors(amountErrors('amount', amount, order.currency, 'positive'));
  await assertAccepted(tx, { ...payment, amount: amount ?? dueAmount(order) }, order);
  return reserveOrderPayment(tx, ctx, order, { ...payment, amount }, details);
}

async function assertAccepted(
  tx: Transaction,
  payment: Pick<PaymentIntentRow, 'method' | 'amount' | 'reference'>,
  { branchId, currency, channel }: { branchId: string; currency: string; channel?: OrderChannel },
): Promise<void> {
  const methods = new Map((await paymentMethods(tx, branchId)).map((one) => [one.method, one]));
  throwFieldErrors(acceptanceErrors('', payment, methods, { currency, channel }));
}
