/** How a sale is paid: what is kept of each tender, the change, and the rounding of cash. Pure. */
import { Decimal, ZERO, sum } from '#kernel/decimal';
import { formatMoney, roundMoney, roundToStep, type RoundingMode } from '#kernel/money';
import { fieldIssue, type Failure, type Issue, type Result } from '../issues.rules';

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

/** A settlement, or why there is none. `missing` is what the payments do not cover yet, where nothing else is wrong with them. */
export type SettlementResult =
  { value: Settlement; issues?: undefined; missing?: undefined } | (Failure & { missing?: Decimal });

/**
 * Settles a sale. Cards and the like pay exact amounts and never more than the total; what is left is paid in cash, rounded to the
 * smallest coin; change comes out of the cash.
 *
 * @returns the settlement; or PAYMENT_INSUFFICIENT with what is missing, VALIDATION_FAILED for an invalid amount and for more than
 * the total without cash.
 *
 * @example
 * settle(swissFrancs, 19.98, [{ method: 'card', amount: 10 }, { method: 'cash', amount: 20 }]);
 * // { rounding: 0.02, total: 20.00, paid: 30, change: 10.00, tenders: [card 10, cash 10.00] }
 */
export function settle(
  terms: SettlementTerms,
  total: Decimal,
  given: readonly TenderGiven[],
): SettlementResult {
  const issues = amountIssues(terms, given);
  if (issues.length > 0) return { issues };
  const paid = sum(given.map((tender) => tender.amount));
  const inCash = sum(given.filter(isCash).map((tender) => tender.amount));
  const remainder = total.minus(paid.minus(inCash));
  if (remainder.isNegative()) return overpaid(terms, total, given);
  // Cash is rounded only where cash is paid: a card can pay the last cent. What is less than half a coin is paid by no cash at all.
  const due = given.some(isCash) ? cashDue(terms, remainder) : remainder;
  if (inCash.lessThan(due)) return insufficient(terms, due.minus(inCash), total);
  const rounding = due.minus(remainder);
  const change = inCash.minus(due);
  const tenders = keep(given, change);
  return { value: { tenders, rounding, total: total.plus(rounding), paid, change } };
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
 * @returns the settlement, or VALIDATION_FAILED for an invalid amount, and for more change than cash.
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
): Result<TakenSettlement> {
  const issues = amountIssues(terms, given);
  if (issues.length > 0) return { issues };
  const paid = sum(given.map((tender) => tender.amount));
  const inCash = sum(given.filter(isCash).map((tender) => tender.amount));
  const inCashFor = (amount: Decimal) => Decimal.max(ZERO, amount.minus(paid).plus(inCash));
  const asked = cashDue(terms, inCashFor(taken.total ?? total));
  const change = taken.change ?? payable(terms, Decimal.max(ZERO, inCash.minus(asked)));
  if (change.greaterThan(inCash)) {
    const message = `The change of ${change.toFixed()} is more than the cash that was handed over.`;
    return { issues: [fieldIssue('change', message, 'EXCEEDS_CASH')] };
  }
  const left = inCashFor(total);
  const rounding = given.some(isCash) ? cashDue(terms, left).minus(left) : ZERO;
  const due = total.plus(rounding);
  const difference = paid.minus(change).minus(due);
  return { value: { tenders: keep(given, change), rounding, total: due, paid, change, difference } };
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

function amountIssues({ currency }: SettlementTerms, given: readonly TenderGiven[]): Issue[] {
  return given.flatMap(({ amount }, index): Issue[] => {
    const field = `payments.${index}.amount`;
    const issue = (message: string, reason: string) => [
      { ...fieldIssue(field, message, reason), text: `${field}: ${message}` },
    ];
    if (amount.lessThan(ZERO)) return issue('Must not be negative.', 'NEGATIVE');
    if (amount.greaterThan('1e12')) return issue('Is too large.', 'TOO_LARGE');
    if (roundMoney(amount, currency).equals(amount)) return [];
    return issue(`${currency} does not have that many digits.`, 'PRECISION');
  });
}

function overpaid({ currency }: SettlementTerms, total: Decimal, given: readonly TenderGiven[]): Failure {
  const message = `The payments are more than the total of ${formatMoney(total, currency)} ${currency}; only cash is given change for.`;
  const index = given.findLastIndex((tender) => !isCash(tender));
  const issue = fieldIssue(`payments.${index}.amount`, message, 'OVERPAID');
  return { issues: [{ ...issue, facts: { total: formatMoney(total, currency) } }] };
}

function insufficient({ currency }: SettlementTerms, missing: Decimal, total: Decimal): SettlementResult {
  const texts = { missing: formatMoney(missing, currency), total: formatMoney(total, currency) };
  const message = `The payments do not cover the total of ${texts.total} ${currency}: ${texts.missing} is missing.`;
  const code = 'PAYMENT_INSUFFICIENT';
  const issue: Issue = {
    code,
    message,
    item: null,
    field: 'payments',
    reason: code,
    facts: { ...texts, currency },
  };
  return { issues: [issue], missing };
}
