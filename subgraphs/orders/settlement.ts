/** How a sale is paid: what is kept of each tender, the change, and the rounding of cash. Pure. */
import { type Decimal, ZERO, sum } from '../../kernel/decimal';
import { PosProError, type FieldError } from '../../kernel/errors';
import { formatMoney, roundMoney, roundToStep, type RoundingMode } from '../../kernel/money';

/** What the rules need to know of the organization. */
export interface SettlementTerms {
  currency: string;
  roundingMode: RoundingMode;
  /** The smallest coin in the major unit; zero where cash isn't rounded. */
  cashRoundingStep: Decimal;
}

/** What the customer hands over. */
export interface TenderGiven {
  method: string;
  /** Not negative; of zero nothing is recorded. */
  amount: Decimal;
  reference?: string | null | undefined;
}

/** How a sale was paid. */
export interface Settlement {
  /** What stays with the shop of each tender, in the order given; sums to `total`. Tenders of which nothing stays are left out. */
  tenders: { method: string; amount: Decimal; reference: string | null }[];
  /** What cash rounding adds to the total. */
  rounding: Decimal;
  /** The total with the rounding. */
  total: Decimal;
  /** All that was handed over. */
  paid: Decimal;
  change: Decimal;
}

/**
 * Settles a sale. Cards and the like pay exact amounts and never more than the total; what is left is paid in cash, rounded to the
 * smallest coin; change comes out of the cash.
 *
 * @throws PosProError 422 PAYMENT_INSUFFICIENT naming what is due, 422 VALIDATION_FAILED for an amount that is none and for more
 * than the total without cash.
 *
 * @example
 * settle(swissFrancs, 19.98, [{ method: 'card', amount: 10 }, { method: 'cash', amount: 20 }]);
 * // { rounding: 0.02, total: 20.00, paid: 30, change: 10.00, tenders: [card 10, cash 10.00] }
 */
export function settle(terms: SettlementTerms, total: Decimal, given: readonly TenderGiven[]): Settlement {
  checkAmounts(terms, given);
  const paid = sum(given.map((tender) => tender.amount));
  const inCash = sum(given.filter(isCash).map((tender) => tender.amount));
  const remainder = total.minus(paid.minus(inCash));
  if (remainder.isNegative()) throw overpaid(terms, total, given);
  // Cash is rounded only where cash is paid: a card can pay the last cent. What is less than half a coin is paid by no cash at all.
  const due = given.some(isCash) ? cashDue(terms, remainder) : remainder;
  if (inCash.lessThan(due)) throw insufficient(terms, due.minus(inCash), total);
  const rounding = due.minus(remainder);
  const change = inCash.minus(due);
  return { tenders: keep(given, change), rounding, total: total.plus(rounding), paid, change };
}

/** What is paid in cash for an amount. */
export function cashDue(terms: SettlementTerms, amount: Decimal): Decimal {
  return roundToStep(amount, terms.cashRoundingStep, terms.roundingMode);
}

/** The change comes out of the last cash first, as from a drawer into which the notes went in order. */
function keep(given: readonly TenderGiven[], change: Decimal): Settlement['tenders'] {
  let left = change;
  const kept = given.map(({ method, amount, reference }) => ({ method, amount, reference: reference ?? null }));
  for (const tender of [...kept].reverse().filter(isCash)) {
    const back = tender.amount.lessThan(left) ? tender.amount : left;
    tender.amount = tender.amount.minus(back);
    left = left.minus(back);
  }
  return kept.filter((tender) => !tender.amount.isZero());
}

function isCash(tender: { method: string }): boolean {
  return tender.method === 'cash';
}

function checkAmounts({ currency }: SettlementTerms, given: readonly TenderGiven[]): void {
  const errors: FieldError[] = given.flatMap(({ amount }, index) => {
    const field = `payments.${index}.amount`;
    if (amount.lessThan(ZERO)) return [{ field, message: 'Must not be negative.', code: 'NEGATIVE' }];
    if (amount.greaterThan('1e12')) return [{ field, message: 'Is too large.', code: 'TOO_LARGE' }];
    if (!roundMoney(amount, currency).equals(amount)) {
      return [{ field, message: `${currency} does not have that many digits.`, code: 'PRECISION' }];
    }
    return [];
  });
  if (errors.length > 0) {
    throw new PosProError('VALIDATION_FAILED', errors.map((error) => `${error.field}: ${error.message}`).join(' '), { errors });
  }
}

function overpaid({ currency }: SettlementTerms, total: Decimal, given: readonly TenderGiven[]): PosProError {
  const message = `The payments are more than the total of ${formatMoney(total, currency)} ${currency}; only cash is given change for.`;
  const index = given.findLastIndex((tender) => !isCash(tender));
  return new PosProError('VALIDATION_FAILED', message, {
    errors: [{ field: `payments.${index}.amount`, message, code: 'OVERPAID' }],
    facts: { total: formatMoney(total, currency) },
  });
}

function insufficient({ currency }: SettlementTerms, missing: Decimal, total: Decimal): PosProError {
  const message = `The payments do not cover the total of ${formatMoney(total, currency)} ${currency}: ${formatMoney(missing, currency)} is missing.`;
  return new PosProError('PAYMENT_INSUFFICIENT', message, {
    errors: [{ field: 'payments', message, code: 'PAYMENT_INSUFFICIENT' }],
    facts: { missing: formatMoney(missing, currency), total: formatMoney(total, currency), currency },
  });
}
