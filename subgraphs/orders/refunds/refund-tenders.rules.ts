/** Tenders of a refund. Amounts are positive: the customer receives them. */
import { Decimal, ZERO, sum } from '#kernel/decimal';
import { formatMoney, roundMoney } from '#kernel/money';
import type { PaymentMethodKind, RefundOrderInput } from '../inputs.generated';
import { fieldIssue, type Failure, type Issue, type Result } from '../issues.rules';
import { cashDue, type SettlementTerms } from '../pricing/settlement.rules';

/** A payment of the sale, with its amount that can still be refunded. */
export interface RefundablePayment {
  id: string;
  method: PaymentMethodKind;
  /** Amount that was not refunded yet; zero or more. */
  left: Decimal;
}

/** A tender of a refund. */
export interface RefundTender {
  method: PaymentMethodKind;
  amount: Decimal;
  reference: string | null;
  /** The refunded payment; null if it is unknown. */
  refundedPaymentId: string | null;
}

/** The caller's choice of how to refund. Defaults to the methods with which the sale was paid. */
export type RefundTenderChoice = Pick<RefundOrderInput, 'method' | 'payments'>;

export interface RefundTenders {
  tenders: RefundTender[];
  /** The sum of the tenders. */
  total: Decimal;
}

/** The refund of one payment of the sale. */
interface Part {
  payment: RefundablePayment;
  amount: Decimal;
}

/**
 * Refunds an amount by the methods with which the sale was paid: its payments in their order, each up to its remaining amount. All
 * cash is rounded once, to the smallest coin.
 *
 * @returns the tenders; or ILLEGAL_STATE if less than the amount remains of the payments.
 */
export function refundTenders(
  terms: SettlementTerms,
  amount: Decimal,
  payments: readonly RefundablePayment[],
): Result<RefundTenders> {
  const remaining = sum(payments.map((payment) => payment.left));
  if (remaining.lessThan(amount)) {
    const left = formatMoney(remaining, terms.currency);
    const message = `Only ${left} ${terms.currency} of the sale's payments remains; set "payments" to choose how the money is refunded.`;
    const code = 'ILLEGAL_STATE';
    return { issues: [{ code, message, item: null, field: '', reason: code, details: { left } }] };
  }
  let due = amount;
  const parts = payments.map((payment): Part => {
    const part = Decimal.min(payment.left, due);
    due = due.minus(part);
    return { payment, amount: part };
  });
  const tenders = roundCash(terms, parts).filter((tender) => !tender.amount.isZero());
  return { value: { tenders, total: sum(tenders.map((tender) => tender.amount)) } };
}

/**
 * The tenders with rounded cash. Payments absorb the rounding from the last to the first, as far as they can. The rest becomes a
 * tender of its own, because no payment may be refunded by more than its amount.
 */
function roundCash(terms: SettlementTerms, parts: readonly Part[]): RefundTender[] {
  const inCash = sum(parts.filter(isCash).map((part) => part.amount));
  let missing = cashDue(terms, inCash).minus(inCash);
  const tenders = parts.toReversed().map((part): RefundTender => {
    const { id, method, left } = part.payment;
    const change = isCash(part)
      ? Decimal.max(part.amount.negated(), Decimal.min(missing, left.minus(part.amount)))
      : ZERO;
    missing = missing.minus(change);
    return { method, amount: part.amount.plus(change), reference: null, refundedPaymentId: id };
  });
  return [
    ...tenders.reverse(),
    { method: 'cash', amount: missing, reference: null, refundedPaymentId: null },
  ];
}

function isCash({ payment }: Part): boolean {
  return payment.method === 'cash';
}

/**
 * Refunds an amount as the caller chooses: by one method, or by payments that sum to it.
 *
 * @returns the tenders; or VALIDATION_FAILED if an amount is invalid or the payments sum to another amount.
 */
export function chosenTenders(
  terms: SettlementTerms,
  amount: Decimal,
  { method, payments }: RefundTenderChoice,
): Result<RefundTenders> {
  if (!payments) return { value: tendersOfMethod(terms, amount, method ?? 'cash') };
  const issues = payments.flatMap((payment, index) => amountIssues(terms, payment.amount, index));
  if (issues.length > 0) return { issues };
  const cash = sum(payments.filter((payment) => payment.method === 'cash').map((payment) => payment.amount));
  const otherwise = sum(payments.map((payment) => payment.amount)).minus(cash);
  const rest = amount.minus(otherwise);
  const due = cash.isZero() ? rest : cashDue(terms, rest);
  if (!due.equals(cash)) return mismatch(terms, otherwise.plus(Decimal.max(due, ZERO)));
  const tenders = payments.map((payment) => ({
    method: payment.method,
    amount: payment.amount,
    reference: payment.reference ?? null,
    refundedPaymentId: null,
  }));
  return { value: { tenders, total: otherwise.plus(cash) } };
}

function tendersOfMethod(terms: SettlementTerms, amount: Decimal, method: PaymentMethodKind): RefundTenders {
  const total = method === 'cash' ? cashDue(terms, amount) : amount;
  if (total.isZero()) return { tenders: [], total };
  return { tenders: [{ method, amount: total, reference: null, refundedPaymentId: null }], total };
}

function amountIssues({ currency }: SettlementTerms, amount: Decimal, index: number): Issue[] {
  const field = `payments.${index}.amount`;
  if (!amount.greaterThan(ZERO))
    return [fieldIssue(field, 'A refunded amount must be above zero.', 'NOT_POSITIVE')];
  if (roundMoney(amount, currency).equals(amount)) return [];
  return [fieldIssue(field, `${currency} does not have that many digits.`, 'PRECISION')];
}

function mismatch({ currency }: SettlementTerms, total: Decimal): Failure {
  const shown = formatMoney(total, currency);
  const issue = fieldIssue('payments', `Must sum to ${shown}.`, 'AMOUNT_MISMATCH');
  const text = `The payments must sum to ${shown} ${currency}.`;
  return { issues: [{ ...issue, text, details: { total: shown } }] };
}
