/** How the money of a return goes back. Pure. Amounts are positive: what the customer gets. */
import { Decimal, ZERO, sum } from '../../kernel/decimal';
import { PosProError, invalid } from '../../kernel/errors';
import { formatMoney, roundMoney } from '../../kernel/money';
import { cashDue, type SettlementTerms } from './settlement';

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
export interface PayoutWish {
  method?: string | null | undefined;
  payments?: readonly { method: string; amount: Decimal; reference?: string | null | undefined }[] | null | undefined;
}

export interface Payout {
  tenders: PaidOut[];
  /** The sum of the tenders. */
  total: Decimal;
}

/**
 * Gives an amount back the way it came: by the sale's payments in their order, each up to what is left of it. The part that goes
 * back in cash is rounded to the smallest coin, but never above what came in.
 *
 * @throws PosProError 409 ILLEGAL_STATE where less is left on the payments than is to be given back.
 */
export function payBack(terms: SettlementTerms, amount: Decimal, payments: readonly RefundablePayment[]): Payout {
  const left = sum(payments.map((payment) => payment.left));
  if (left.lessThan(amount)) {
    const shown = formatMoney(left, terms.currency);
    throw new PosProError(
      'ILLEGAL_STATE',
      `Only ${shown} ${terms.currency} of the sale's payments is left; say in "payments" how the money goes back.`,
      { facts: { left: shown } },
    );
  }
  const tenders: PaidOut[] = [];
  let due = amount;
  for (const payment of payments) {
    const part = Decimal.min(payment.left, due);
    due = due.minus(part);
    const paid = payment.method === 'cash' ? roundedCash(terms, part, payment.left) : part;
    if (paid.isZero()) continue;
    tenders.push({ method: payment.method, amount: paid, reference: null, refundedPaymentId: payment.id });
  }
  return { tenders, total: sum(tenders.map((tender) => tender.amount)) };
}

function roundedCash(terms: SettlementTerms, part: Decimal, left: Decimal): Decimal {
  const rounded = cashDue(terms, part);
  // What came in as coins can go back as coins; rounding up must not give more than that.
  return cashDue(terms, left).equals(left) ? Decimal.min(rounded, left) : rounded;
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
    const tenders = total.isZero() ? [] : [{ method, amount: total, reference: null, refundedPaymentId: null }];
    return { tenders, total };
  }
  wish.payments.forEach((payment, index) => {
    const field = `payments.${index}.amount`;
    if (!payment.amount.greaterThan(ZERO)) throw invalid(field, 'An amount that goes back is above zero.', 'NOT_POSITIVE');
    if (!roundMoney(payment.amount, terms.currency).equals(payment.amount)) {
      throw invalid(field, `${terms.currency} does not have that many digits.`, 'PRECISION');
    }
  });
  const inCash = sum(wish.payments.filter(({ method }) => method === 'cash').map((payment) => payment.amount));
  const otherwise = sum(wish.payments.map((payment) => payment.amount)).minus(inCash);
  const rest = amount.minus(otherwise);
  const due = inCash.isZero() ? rest : cashDue(terms, rest);
  if (!due.equals(inCash)) {
    const shown = formatMoney(otherwise.plus(Decimal.max(due, ZERO)), terms.currency);
    throw new PosProError('VALIDATION_FAILED', `The payments must give back ${shown} ${terms.currency} together.`, {
      errors: [{ field: 'payments', message: `Must sum to ${shown}.`, code: 'AMOUNT_MISMATCH' }],
      facts: { total: shown },
    });
  }
  const tenders = wish.payments.map(({ method, amount: given, reference }) => ({
    method,
    amount: given,
    reference: reference ?? null,
    refundedPaymentId: null,
  }));
  return { tenders, total: otherwise.plus(inCash) };
}
