/**
 * Tenders with stored value: gift cards, and the store credit of a customer. They pay last, after all discounts. A tender without an
 * amount pays as much as the other payments leave and its balance covers.
 */
import { Decimal, ZERO, sum } from '#kernel/decimal';
import { formatMoney } from '#kernel/money';
import type { PaymentMethodKind } from '../inputs.generated';
import { fieldIssue, type Issue, type Result } from '../issues.rules';
import type { SaleTender, SettlementTerms } from '../pricing/settlement.rules';

/** A tender as a caller names it. */
export interface NamedTender extends Omit<SaleTender, 'amount' | 'giftCardId'> {
  /** Optional for gift cards and store credit only. */
  readonly amount?: Decimal | null;
  readonly giftCardCode?: string | null;
}

/** The balance behind a tender. */
export interface StoredBalance {
  available: Decimal;
  giftCardId?: string;
  /** Shows people which card it is. */
  reference?: string;
}

/** Whether a payment method pays from a balance that PosPro keeps. */
export function isStoredValue(method: PaymentMethodKind): boolean {
  return method === 'gift_card' || method === 'store_credit';
}

/**
 * The amount of each tender.
 * @param balances of the tenders with stored value, by their index.
 * @returns the tenders; or PAYMENT_INSUFFICIENT for a balance that does not cover its amount, and VALIDATION_FAILED for a missing one.
 */
export function tenderAmounts(
  terms: Pick<SettlementTerms, 'currency'>,
  total: Decimal,
  tenders: readonly NamedTender[],
  balances: ReadonlyMap<number, StoredBalance>,
): Result<SaleTender[]> {
  const issues = tenders.flatMap((tender, index) => amountIssues(terms, tender, index, balances.get(index)));
  if (issues.length > 0) return { issues };
  let due = Decimal.max(ZERO, total.minus(sum(tenders.map(({ amount }) => amount ?? ZERO))));
  const value = tenders.map(({ method, amount, reference }, index): SaleTender => {
    const balance = balances.get(index);
    const part = amount ?? Decimal.min(due, balance?.available ?? ZERO);
    if (amount == null) due = due.minus(part);
    return {
      method,
      amount: part,
      reference: reference ?? balance?.reference,
      ...(balance?.giftCardId === undefined ? {} : { giftCardId: balance.giftCardId }),
    };
  });
  return { value };
}

function amountIssues(
  { currency }: Pick<SettlementTerms, 'currency'>,
  { amount, method }: NamedTender,
  index: number,
  balance: StoredBalance | undefined,
): Issue[] {
  const field = `payments.${index}.amount`;
  if (amount == null)
    return balance ? [] : [fieldIssue(field, 'Must be set for this payment method.', 'REQUIRED')];
  if (!balance || !amount.greaterThan(balance.available)) return [];
  return [insufficientBalance(method, field, formatMoney(balance.available, currency), currency)];
}

/** The issue of a balance that does not cover its tender. @param available undefined if another sale has just used it. */
export function insufficientBalance(
  method: PaymentMethodKind,
  field: string,
  available: string | undefined,
  currency: string,
): Issue {
  const [what, reason] =
    method === 'gift_card'
      ? ['gift card', 'GIFT_CARD_BALANCE_EXCEEDED']
      : ['store credit', 'STORE_CREDIT_EXCEEDED'];
  const message =
    available === undefined
      ? `The balance of the ${what} was used by another sale at this moment.`
      : `The balance of the ${what} is only ${available} ${currency}.`;
  const details = available === undefined ? {} : { details: { available } };
  return { code: 'PAYMENT_INSUFFICIENT', message, item: null, field, reason, ...details };
}

/** Issues of tenders that an offline till took: it cannot know a balance, which is not reduced. */
export function offlineBalanceIssues(tenders: readonly Pick<SaleTender, 'method'>[]): Issue[] {
  return tenders.flatMap(({ method }, index) => {
    if (!isStoredValue(method)) return [];
    const message =
      'A till without a connection cannot check a gift card or store credit: its balance was not reduced.';
    return [fieldIssue(`payments.${index}.method`, message, 'BALANCE_NOT_REDUCED')];
  });
}
