/** Tenders of a sale: the amounts handed over, and the tip. */
import type { Decimal } from '#kernel/decimal';
import type { FieldError } from '#kernel/errors';
import { amountErrors } from '#kernel/validation';
import { limitErrors, tenderErrors } from '#subgraphs/payments/index';
import type { OrderChannel, PaymentMethodKind } from '../inputs.generated';
import { fieldIssue, type Issue } from '../issues.rules';
import { cashDue, type SaleTender, type SettlementTerms } from '../pricing/settlement.rules';
import type { NamedTender } from '../stored-value/stored-tenders.rules';
import type { TillTerms } from './selling-terms';

/** The payments of a sale: tenders, or one payment method for exactly the total. */
export interface PaymentChoice<Tender = NamedTender> {
  readonly payments?: readonly Tender[] | null;
  readonly paymentMethod?: PaymentMethodKind | null;
}

const MAX_PAYMENTS = 50;

/** The tenders of a sale: the payments of the input, or one with its payment method of exactly the total. */
export function tendersFor<Tender extends NamedTender>(
  terms: SettlementTerms,
  { payments, paymentMethod }: PaymentChoice<Tender>,
  total: Decimal,
): readonly (Tender | SaleTender)[] {
  if (paymentMethod == null) return payments ?? [];
  return [{ method: paymentMethod, amount: paymentMethod === 'cash' ? cashDue(terms, total) : total }];
}

/** Issues of the payment methods of tenders, but for the limits of their amounts. @param channel a till's by default. */
export function tenderIssues(
  terms: Pick<TillTerms, 'methods' | 'currency'>,
  tenders: readonly SaleTender[],
  customerId: string | null | undefined,
  channel: OrderChannel = 'pos',
): Issue[] {
  const methods = new Map(terms.methods.map((method) => [method.method, method]));
  const place = { channel, currency: terms.currency };
  const issues = tenders.flatMap((tender, index) =>
    tenderErrors(`payments.${index}`, tender, methods, place).map(toIssue),
  );
  if (customerId == null && tenders.some(({ method }) => method === 'credit'))
    issues.push(fieldIssue('customerId', 'Payment on account requires a customer.', 'REQUIRED'));
  if (tenders.length > MAX_PAYMENTS)
    issues.push(fieldIssue('payments', `${MAX_PAYMENTS} payments at most.`, 'TOO_MANY'));
  return issues;
}

/** Issues of the amounts that the shop keeps: limits of the payment methods. */
export function tenderLimitIssues(
  { methods, currency }: Pick<TillTerms, 'methods' | 'currency'>,
  tenders: readonly Pick<SaleTender, 'method' | 'amount'>[],
): Issue[] {
  return tenders.flatMap(({ method, amount }) => {
    const settings = methods.find((one) => one.method === method);
    return settings ? limitErrors('payments', settings, amount, currency).map(toIssue) : [];
  });
}

/** A tip goes to the staff as money, which an account or a gift card is not. */
const TIP_METHODS: readonly string[] = ['cash', 'card', 'mobile'];

/** Issues of a tip. */
export function tipIssues(
  { currency }: Pick<TillTerms, 'currency'>,
  tip: Pick<SaleTender, 'method' | 'amount'> | null | undefined,
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
