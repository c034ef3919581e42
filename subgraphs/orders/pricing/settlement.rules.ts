/** How a sale is paid: what is kept of each tender, the change, and the rounding of cash. Pure. */
import { Decimal, ZERO, sum } from '#kernel/decimal';
import { PosProError, type FieldError } from '#kernel/errors';
import { formatMoney, roundMoney, roundToStep, type RoundingMode } from '#kernel/money';

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

/** What a till that was offline says about the money, beside the payments. */
export interface TakenMoney {
  /** What it asked for; the total where left out. */
  total?: Decimal | null | undefined;
  /** What it handed back; the cash above what was to be paid where left out. */
  change?: Decimal | null | undefined;
}

/** How a sale was paid at a till that was offline. */
export interface TakenSettlement extends Settlement {
  /** What stayed with the shop above the total with its rounding; negative where it is less. The tenders sum to total + difference. */
  difference: Decimal;
}

/**
 * Settles a sale by the money that a till took while it was offline, whatever was to be paid. The tenders are what stayed in the
 * shop; what they are more or less than the total is the difference. Change comes out of cash alone, and in coins that there are:
 * what is above the total and no coin can give back was not given back.
 *
 * @throws PosProError 422 VALIDATION_FAILED for an amount that is none, and for more change than cash.
 *
 * @example
 * settleAsTaken(swissFrancs, 3.36, [{ method: 'cash', amount: 3.36 }], {});
 * // { rounding: -0.01, total: 3.35, paid: 3.36, change: 0, tenders: [cash 3.36], difference: 0.01 }
 */
export function settleAsTaken(
  terms: SettlementTerms,
  total: Decimal,
  given: readonly TenderGiven[],
  taken: TakenMoney,
): TakenSettlement {
  checkAmounts(terms, given);
  const paid = sum(given.map((tender) => tender.amount));
  const inCash = sum(given.filter(isCash).map((tender) => tender.amount));
  const inCashFor = (amount: Decimal) => Decimal.max(ZERO, amount.minus(paid).plus(inCash));
  const asked = cashDue(terms, inCashFor(taken.total ?? total));
  const change = taken.change ?? payable(terms, Decimal.max(ZERO, inCash.minus(asked)));
  if (change.greaterThan(inCash)) {
    const message = `The change of ${change.toFixed()} is more than the cash that was handed over.`;
    throw new PosProError('VALIDATION_FAILED', message, {
      errors: [{ field: 'change', message, code: 'EXCEEDS_CASH' }],
    });
  }
  const left = inCashFor(total);
  const rounding = given.some(isCash) ? cashDue(terms, left).minus(left) : ZERO;
  const due = total.plus(rounding);
  return {
    tenders: keep(given, change),
    rounding,
    total: due,
    paid,
    change,
    difference: paid.minus(change).minus(due),
  };
}

/** As much of an amount as there are coins for. */
function payable({ cashRoundingStep: step }: SettlementTerms, amount: Decimal): Decimal {
  return step.isZero() ? amount : amount.minus(amount.modulo(step));
}

/** What is paid in cash for an amount. */
export function cashDue(terms: SettlementTerms, amount: Decimal): Decimal {
  return roundToStep(amount, terms.cashRoundingStep, terms.roundingMode);
}

/** The change comes out of the last cash first, as from a drawer into which the notes went in order. */
function keep(given: readonly TenderGiven[], change: Decimal): Settlement['tenders'] {
  let left = change;
  const kept = given.map(({ method, amount, reference }) => ({
    method,
    amount,
    reference: reference ?? null,
  }));
  for (const tender of [...kept].reverse().filter(isCash)) {
    const back = Decimal.min(tender.amount, left);
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
    throw new PosProError(
      'VALIDATION_FAILED',
      errors.map((error) => `${error.field}: ${error.message}`).join(' '),
      { errors },
    );
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
