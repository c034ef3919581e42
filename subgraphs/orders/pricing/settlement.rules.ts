/** Settlement of a sale: the amount kept of each tender, the change, and cash rounding. */
import { Decimal, ZERO, sum } from '#kernel/decimal';
import { formatMoney, roundMoney, roundToStep, type RoundingMode } from '#kernel/money';
import { fieldIssue, type Failure, type Issue, type Result } from '../issues.rules';
import type { PaymentMethodKind } from '../inputs.generated';

/** Settings of the branch that the rules need. */
export interface SettlementTerms {
  currency: string;
  roundingMode: RoundingMode;
  /** Smallest coin, in the major unit; zero if cash is not rounded. */
  cashRoundingStep: Decimal;
}

/** An amount that the customer hands over. */
export interface SaleTender {
  readonly method: PaymentMethodKind;
  /** Not negative; an amount of zero is not recorded. */
  readonly amount: Decimal;
  /** Reference of the card terminal or the bank. */
  readonly reference?: string | null | undefined;
  /** The gift card that pays. */
  readonly giftCardId?: string;
}

/** A settled sale. */
export interface Settlement {
  /** Amounts of the tenders that remain in the shop, in the order of the input; they sum to `total`. Amounts of zero are omitted. */
  tenders: { method: PaymentMethodKind; amount: Decimal; reference: string | null; giftCardId?: string }[];
  /** Amount that cash rounding adds to the total. */
  rounding: Decimal;
  /** Total with rounding. */
  total: Decimal;
  /** Sum of all amounts handed over. */
  paid: Decimal;
  change: Decimal;
}

/** A settlement, or its issues. `missing` is the amount that the payments do not cover, if nothing else is wrong with them. */
export type SettlementResult =
  { value: Settlement; issues?: undefined; missing?: undefined } | (Failure & { missing?: Decimal });

/**
 * Settles a sale. Cards and other methods pay exact amounts and never more than the total; the remainder is paid in cash, rounded
 * to the smallest coin; change is paid from the cash.
 *
 * @returns the settlement; or PAYMENT_INSUFFICIENT with the missing amount; or VALIDATION_FAILED for an invalid amount, and for
 * more than the total without cash.
 *
 * @example
 * settle(swissFrancs, 19.98, [{ method: 'card', amount: 10 }, { method: 'cash', amount: 20 }]);
 * // { rounding: 0.02, total: 20.00, paid: 30, change: 10.00, tenders: [card 10, cash 10.00] }
 */
export function settle(
  terms: SettlementTerms,
  total: Decimal,
  tenders: readonly SaleTender[],
): SettlementResult {
  const issues = amountIssues(terms, tenders);
  if (issues.length > 0) return { issues };
  const paid = sum(tenders.map((tender) => tender.amount));
  const inCash = sum(tenders.filter(isCash).map((tender) => tender.amount));
  const remainder = total.minus(paid.minus(inCash));
  if (remainder.isNegative()) return overpaid(terms, total, tenders);
  // Cash is rounded only if cash is paid: a card can pay the last cent. Less than half a coin is rounded to no cash at all.
  const due = tenders.some(isCash) ? cashDue(terms, remainder) : remainder;
  if (inCash.lessThan(due)) return insufficient(terms, due.minus(inCash), total);
  const rounding = due.minus(remainder);
  const change = inCash.minus(due);
  return {
    value: { tenders: keep(tenders, change), rounding, total: total.plus(rounding), paid, change },
  };
}

/** Amounts that an offline till sends beside the payments. */
export interface OfflineAmounts {
  /** Amount that the till asked for. Defaults to the total. */
  total?: Decimal | null | undefined;
  /** Change that the till returned. Defaults to the cash above the amount due. */
  change?: Decimal | null | undefined;
}

/** A settled sale of an offline till. */
export interface OfflineSettlement extends Settlement {
  /** Amount kept by the shop above the total with rounding; negative if less was kept. The tenders sum to total + difference. */
  difference: Decimal;
}

/**
 * Settles a sale by the money that a till took while it was offline, whatever the amount due. The tenders are the amounts that
 * remained in the shop; the difference is their sum minus the total. Change is paid only from cash, and only in coins that exist:
 * an excess below the smallest coin was not returned.
 *
 * @returns the settlement; or VALIDATION_FAILED for an invalid amount, and for more change than cash.
 *
 * @example
 * settleOffline(swissFrancs, 3.36, [{ method: 'cash', amount: 3.36 }], {});
 * // { rounding: -0.01, total: 3.35, paid: 3.36, change: 0, tenders: [cash 3.36], difference: 0.01 }
 */
export function settleOffline(
  terms: SettlementTerms,
  total: Decimal,
  tenders: readonly SaleTender[],
  amounts: OfflineAmounts,
): Result<OfflineSettlement> {
  const issues = amountIssues(terms, tenders);
  if (issues.length > 0) return { issues };
  const paid = sum(tenders.map((tender) => tender.amount));
  const { currency } = terms;
  const inCash = sum(tenders.filter(isCash).map((tender) => tender.amount));
  const inCashFor = (amount: Decimal) => Decimal.max(ZERO, amount.minus(paid).plus(inCash));
  const requested = cashDue(terms, inCashFor(amounts.total ?? total));
  const change = amounts.change ?? payable(terms, Decimal.max(ZERO, inCash.minus(requested)));
  if (change.greaterThan(inCash)) {
    const message = `The change of ${formatMoney(change, currency)} ${currency} exceeds the cash that was handed over.`;
    return { issues: [fieldIssue('change', message, 'EXCEEDS_CASH')] };
  }
  const remainder = inCashFor(total);
  const rounding = tenders.some(isCash) ? cashDue(terms, remainder).minus(remainder) : ZERO;
  const due = total.plus(rounding);
  const difference = paid.minus(change).minus(due);
  return { value: { tenders: keep(tenders, change), rounding, total: due, paid, change, difference } };
}

/** The part of an amount that can be paid in coins that exist. */
function payable({ cashRoundingStep: step }: SettlementTerms, amount: Decimal): Decimal {
  return step.isZero() ? amount : amount.minus(amount.modulo(step));
}

/** The cash to pay for an amount: rounded to the smallest coin. */
export function cashDue(terms: SettlementTerms, amount: Decimal): Decimal {
  return roundToStep(amount, terms.cashRoundingStep, terms.roundingMode);
}

/** Subtracts the change from the last cash first, as from a drawer into which the notes were put in order. */
function keep(tenders: readonly SaleTender[], change: Decimal): Settlement['tenders'] {
  let remaining = change;
  const keptTenders = tenders.map(({ method, amount, reference, giftCardId }) => ({
    method,
    amount,
    reference: reference ?? null,
    ...(giftCardId === undefined ? {} : { giftCardId }),
  }));
  for (const tender of [...keptTenders].reverse().filter(isCash)) {
    const returned = Decimal.min(tender.amount, remaining);
    tender.amount = tender.amount.minus(returned);
    remaining = remaining.minus(returned);
  }
  return keptTenders.filter((tender) => !tender.amount.isZero());
}

function isCash(tender: { method: PaymentMethodKind }): boolean {
  return tender.method === 'cash';
}

function amountIssues({ currency }: SettlementTerms, tenders: readonly SaleTender[]): Issue[] {
  return tenders.flatMap(({ amount }, index): Issue[] => {
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

function overpaid({ currency }: SettlementTerms, total: Decimal, tenders: readonly SaleTender[]): Failure {
  const message = `The payments exceed the total of ${formatMoney(total, currency)} ${currency}; change is given only for cash.`;
  const index = tenders.findLastIndex((tender) => !isCash(tender));
  const issue = fieldIssue(`payments.${index}.amount`, message, 'OVERPAID');
  return { issues: [{ ...issue, details: { total: formatMoney(total, currency) } }] };
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
    details: { ...texts, currency },
  };
  return { issues: [issue], missing };
}
