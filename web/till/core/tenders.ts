/** Paying a total with several tenders: what is still due, the change, and the rounding of cash. The rules are those of the server. */
import { Decimal, roundCash, sum, ZERO, type TillTerms } from './money';

/** An amount that the customer hands over. */
export interface Tender {
  /** A payment method of the API: cash, card, mobile … */
  readonly method: string;
  readonly amount: Decimal;
  /** Reference of the card terminal or the bank. */
  readonly reference?: string;
  /** The gift card that pays: a code may be typed in several ways, the id is that of the card. */
  readonly giftCard?: { readonly id: string; readonly code: string };
  /** Distinguishes the tender from others, for people: the end of a gift card's code. */
  readonly detail?: string;
}

/** The state of a payment. */
export interface TenderState {
  /** Sum of the tenders. */
  readonly paid: Decimal;
  /** Amount that is still to be paid by card or another exact method; zero if nothing is due. */
  readonly due: Decimal;
  /** The same in cash, rounded to the smallest coin. */
  readonly dueInCash: Decimal;
  /** Amount that rounding to coins adds to the total; negative if it subtracts. */
  readonly rounding: Decimal;
  readonly change: Decimal;
  /** Whether the sale can be made. */
  readonly complete: boolean;
  /** Amount above the total that no cash covers; change is returned only from cash. */
  readonly overpaid: Decimal;
}

/** Compares the tenders with the total. @param total before cash rounding. */
export function tenderState(terms: TillTerms, total: Decimal, tenders: readonly Tender[]): TenderState {
  const cash = tenders.filter(({ method }) => method === 'cash');
  const inCash = sum(cash.map(({ amount }) => amount));
  const paid = sum(tenders.map(({ amount }) => amount));
  const remainder = total.minus(paid.minus(inCash));
  if (remainder.isNegative() && !remainder.isZero())
    return { ...NOTHING, paid, overpaid: remainder.negated() };
  const cashDue = roundCash(terms, remainder);
  // Cash is rounded only if cash is paid: a card can pay the last cent.
  const needed = cash.length > 0 ? cashDue : remainder;
  const complete = inCash.greaterThanOrEqualTo(needed);
  const left = (amount: Decimal) => Decimal.max(ZERO, amount.minus(inCash));
  return {
    paid,
    due: complete ? ZERO : left(remainder),
    dueInCash: complete ? ZERO : left(cashDue),
    rounding: complete ? needed.minus(remainder) : ZERO,
    change: complete ? inCash.minus(needed) : ZERO,
    complete,
    overpaid: ZERO,
  };
}

const NOTHING: TenderState = {
  paid: ZERO,
  due: ZERO,
  dueInCash: ZERO,
  rounding: ZERO,
  change: ZERO,
  complete: false,
  overpaid: ZERO,
};

/** Notes and coins of many currencies: 1, 2 and 5, and their multiples by powers of ten. */
const ROUND_AMOUNTS = [5, 10, 20, 50, 100, 200, 500].map((amount) => new Decimal(amount));

/**
 * Amounts that customers usually hand over in cash: the exact amount, and the next round amounts above it; four at most.
 * @param due the amount in cash, in coins that exist.
 */
export function cashSuggestions(due: Decimal): Decimal[] {
  if (!due.greaterThan(ZERO)) return [];
  const scale = new Decimal(10).pow(Math.max(0, due.precision(true) - due.decimalPlaces() - 3));
  const above = ROUND_AMOUNTS.map((unit) => due.dividedBy(unit.times(scale)).ceil().times(unit).times(scale));
  const distinct = [due, ...above].filter(
    (amount, index, all) => all.findIndex((other) => other.equals(amount)) === index,
  );
  return distinct.sort((a, b) => a.comparedTo(b)).slice(0, 4);
}
