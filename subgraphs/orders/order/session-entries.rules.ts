/** Session entries: the amounts that an order adds to the totals of its register session. */
import type { Decimal } from '#kernel/decimal';
import type { SessionEntry } from '#subgraphs/registers/index';
import type { SaleTotals } from '../pricing/pricing.rules';
import type { PaymentMethodKind } from '../inputs.generated';

/** A tender as the session counts it: the amount that remained in the shop; negative if it was refunded. */
interface PostedTender {
  method: PaymentMethodKind;
  amount: Decimal;
}

/** The entry of a sale. */
export function saleEntry(
  totals: SaleTotals,
  rounding: Decimal,
  tenders: readonly PostedTender[],
  {
    tip = null,
    ...offline
  }: { tip?: PostedTender | null } & Pick<SessionEntry, 'paymentDifference' | 'conflicts'> = {},
): SessionEntry {
  return {
    sales: 1,
    gross: totals.grossTotal,
    discounts: totals.grossTotal.minus(totals.total),
    net: totals.total,
    rounding,
    tax: totals.taxes,
    tenders: tenders.map(({ method, amount }) => ({ method, amount, count: 1 })),
    tips: tip ? [{ ...tip, count: 1 }] : [],
    ...offline,
  };
}

/** A sale that a return voids. */
interface VoidedSale {
  voids?: boolean;
  tip?: PostedTender | null;
  paymentDifference?: Decimal | null;
}

/**
 * The entry of a return.
 * @param totals of the returned lines, as positive amounts.
 * @param rounding the amount that cash rounding adds to the (negative) total of the return.
 * @param voided whether the return voids a sale of the session, the tip refunded with it, and the difference between the sale's
 * payments and its total that the return ends.
 */
export function returnEntry(
  totals: SaleTotals,
  rounding: Decimal,
  refunded: readonly PostedTender[],
  { voids = false, tip = null, paymentDifference }: VoidedSale = {},
): SessionEntry {
  return {
    returns: 1,
    refunds: totals.total,
    net: totals.total.negated(),
    rounding,
    tax: totals.taxes.map(({ rate, net, tax }) => ({ rate, net: net.negated(), tax: tax.negated() })),
    tenders: refunded.map(({ method, amount }) => ({ method, amount: amount.negated(), count: 1 })),
    ...(voids ? { voids: 1, voided: totals.total } : {}),
    ...(paymentDifference ? { paymentDifference } : {}),
    tips: tip ? [{ method: tip.method, amount: tip.amount.negated(), count: 1 }] : [],
  };
}
