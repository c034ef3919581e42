/** Tenders of a sale: the amounts handed over, and the tip. */
import type { Decimal } from '#kernel/decimal';
import type { FieldError } from '#kernel/errors';
import { amountErrors } from '#kernel/validation';
import { cashDue, fieldIssue, type Issue, type SettlementTerms } from '#subgraphs/orders/index';
import { tenderErrors } from '#subgraphs/payments/index';
import type { CheckoutInput, CheckoutPaymentInput, TipInput } from '../inputs.generated';
import type { TillTerms } from './selling-terms';

const MAX_PAYMENTS = 50;

/** The tenders of a sale: the payments of the input, or one with its payment method of exactly the total. */
export function tendersFor(
  terms: SettlementTerms,
  { payments, paymentMethod }: Pick<CheckoutInput, 'payments' | 'paymentMethod'>,
  total: Decimal,
): readonly CheckoutPaymentInput[] {
  if (paymentMethod == null) return payments ?? [];
  return [{ method: paymentMethod, amount: paymentMethod === 'cash' ? cashDue(terms, total) : total }];
}

/** Issues of the payment methods of tenders. */
export function tenderIssues(
  terms: Pick<TillTerms, 'methods'>,
  tenders: readonly CheckoutPaymentInput[],
  customerId: string | null | undefined,
): Issue[] {
  const methods = new Map(terms.methods.map((method) => [method.method, method]));
  const issues = tenders.flatMap((tender, index) =>
    tenderErrors(`payments.${index}`, tender, methods).map(toIssue),
  );
  if (customerId == null && tenders.some(({ method }) => method === 'credit'))
    issues.push(fieldIssue('customerId', 'Payment on account requires a customer.', 'REQUIRED'));
  if (tenders.length > MAX_PAYMENTS)
    issues.push(fieldIssue('payments', `${MAX_PAYMENTS} payments at most.`, 'TOO_MANY'));
  return issues;
}

/** A tip goes to the staff as money, which an account or a gift card is not. */
const TIP_METHODS: readonly string[] = ['cash', 'card', 'mobile'];

/** Issues of a tip. */
export function tipIssues(
  { currency }: Pick<TillTerms, 'currency'>,
  tip: TipInput | null | undefined,
): Issue[] {
  if (tip == null) return [];
  const issues = amountErrors('tip.amount', tip.amount, currency, 'positive').map(toIssue);
  if (TIP_METHODS.includes(tip.method)) return issues;
  const message = `The payment method of a tip must be one of ${TIP_METHODS.join(', ')}.`;
  return [...issues, fieldIssue('tip.method', message, 'UNKNOWN_METHOD')];
}

function toIssue({ field, message, code }: FieldError): Issue {
  return fieldIssue(field, message, code);
}
