/** How the money of a return goes back. Pure. Amounts are positive: what the customer gets. */
import { Decimal, ZERO, sum } from '#kernel/decimal';
import { PosProError, invalid } from '#kernel/errors';
import { formatMoney, roundMoney } from '#kernel/money';
import type { RefundOrderInput } from '../inputs.generated';
import { cashDue, type SettlementTerms } from '../pricing/settlement.rules';

/** A payment of the sale, as far as money is left on it. */
export interface RefundablePayment {
  id: string;
  method: string;
  /** What was not given back yet; zero or more. */
  left: Decimal;
}

/** A tender that goes back. */
export interface PaidOut {
  method: string;
  amount: Decimal;
  reference: string | null;
  /** The payment that it gives back, where that is known. */
  refundedPaymentId: string | null;
}

/** What the caller says about it; nothing of it: the way it came. */
export type PayoutWish = Pick<RefundOrderInput, 'method' | 'payments'>;

export interface Payout {
  tenders: PaidOut[];
  /** The sum of the tenders. */
  total: Decimal;
}

/** What goes back of one payment of the sale. */
interface Part {
  payment: RefundablePayment;
  amount: Decimal;
}

/**
 * Gives an amount back the way it came: by the sale's payments in their order, each up to what is left of it. All that goes back in
 * cash is rounded once, to the smallest coin.
 *
 * @throws PosProError 409 ILLEGAL_STATE where less is left on the payments than is to be given back.
 */
export function payBack(
  terms: SettlementTerms,
  amount: Decimal,
  payments: readonly RefundablePayment[],
): Payout {
  const left = sum(payments.map((payment) => payment.left));
  if (left.lessThan(amount)) {
    const shown = formatMoney(left, terms.currency);
    throw new PosProError(
      'ILLEGAL_STATE',
      `Only ${shown} ${terms.currency} of the sale's payments is left; say in "payments" how the money goes back.`,
      { facts: { left: shown } },
    );
  }
  let due = amount;
  const parts = payments.map((payment): Part => {
    const part = Decimal.min(payment.left, due);
    due = due.minus(part);
    return { payment, amount: part };
  });
  const tenders = roundCash(terms, parts).filter((tender) => !tender.amount.isZero());
  return { tenders, total: sum(tenders.map((tender) => tender.amount)) };
}

/**
 * The tenders, their cash rounded: from the last on, as far as the payments have room for it. A coin that none has room for stands
 * alone, since no payment may give back more than came in.
 */
function roundCash(terms: SettlementTerms, parts: readonly Part[]): PaidOut[] {
  const inCash = sum(parts.filter(isCash).map((part) => part.amount));
  let missing = cashDue(terms, inCash).minus(inCash);
  const tenders = parts.toReversed().map((part): PaidOut => {
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
 * Gives an amount back as the caller wishes: by one method, or by payments that sum to it.
 *
 * @throws PosProError 422 where the payments are no amounts or sum to another amount.
 */
export function payAsWished(terms: SettlementTerms, amount: Decimal, wish: PayoutWish): Payout {
  if (!wish.payments) {
    const method = wish.method ?? 'cash';
    const total = method === 'cash' ? cashDue(terms, amount) : amount;
    const tenders = total.isZero()
      ? []
      : [{ method, amount: total, reference: null, refundedPaymentId: null }];
    return { tenders, total };
  }
  wish.payments.forEach((payment, index) => {
    const field = `payments.${index}.amount`;
    if (!payment.amount.greaterThan(ZERO))
      throw invalid(field, 'An amount that goes back is above zero.', 'NOT_POSITIVE');
    if (!roundMoney(payment.amount, terms.currency).equals(payment.amount)) {
      throw invalid(field, `${terms.currency} does not have that many digits.`, 'PRECISION');
    }
  });
  const inCash = sum(
    wish.payments.filter(({ method }) => method === 'cash').map((payment) => payment.amount),
  );
  const otherwise = sum(wish.payments.map((payment) => payment.amount)).minus(inCash);
  const rest = amount.minus(otherwise);
  const due = inCash.isZero() ? rest : cashDue(terms, rest);
  if (!due.equals(inCash)) {
    const shown = formatMoney(otherwise.plus(Decimal.max(due, ZERO)), terms.currency);
    throw new PosProError(
      'VALIDATION_FAILED',
      `The payments must give back ${shown} ${terms.currency} together.`,
      {
        errors: [{ field: 'payments', message: `Must sum to ${shown}.`, code: 'AMOUNT_MISMATCH' }],
        facts: { total: shown },
      },
    );
  }
  const tenders = wish.payments.map(({ method, amount: given, reference }) => ({
    method,
    amount: given,
    reference: reference ?? null,
    refundedPaymentId: null,
  }));
  return { tenders, total: otherwise.plus(inCash) };
}
