/** Session entries: the amounts that an order adds to the totals of its register session. */
import type { Decimal } from '#kernel/decimal';
import type { SessionEntry } from '#subgraphs/registers/index';
import type { SaleTotals, TaxTotal } from '../pricing/pricing.rules';
import type { PrepaidTax } from '../stored-value/prepaid-tax.rules';
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
    prepaidTaxes = [],
    ...offline
  }: { tip?: PostedTender | null; prepaidTaxes?: readonly PrepaidTax[] } & Pick<
    SessionEntry,
    'paymentDifference' | 'conflicts'
  > = {},
): SessionEntry {
  return {
    sales: 1,
    gross: totals.grossTotal,
    discounts: totals.grossTotal.minus(goodsOf(totals)),
    net: goodsOf(totals),
    giftCardSales: totals.giftCardTotal,
    rounding,
    tax: [...totals.taxes, ...prepaidTaxes.map(toTaxTotal)],
    tenders: tenders.map(({ method, amount }) => ({ method, amount, count: 1 })),
    tips: tip ? [{ ...tip, count: 1 }] : [],
    ...offline,
  };
}

/** The entry of payments of an order that was not sold in the session: money without a sale. */
export function paymentEntry(
  tenders: readonly PostedTender[],
  prepaidTaxes: readonly PrepaidTax[],
): SessionEntry {
  return {
    tenders: tenders.map(({ method, amount }) => ({ method, amount, count: 1 })),
    tax: prepaidTaxes.map(toTaxTotal),
  };
}

function toTaxTotal({ taxRate, net, tax }: PrepaidTax): TaxTotal {
  return { rate: taxRate, net, tax };
}

/** The total without gift cards: money that was only exchanged for a card does not count as a sale. */
function goodsOf({ total, giftCardTotal }: SaleTotals): Decimal {
  return total.minus(giftCardTotal);
}

/** A sale that a return voids. */
interface VoidedSale {
  voids?: boolean;
  tip?: PostedTender | null;
  paymentDifference?: Decimal | null;
  /** Tax of single-purpose gift cards to which the return refunds. */
  prepaidTaxes?: readonly PrepaidTax[];
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
  { voids = false, tip = null, paymentDifference, prepaidTaxes = [] }: VoidedSale = {},
): SessionEntry {
  return {
    returns: 1,
    refunds: goodsOf(totals),
    net: goodsOf(totals).negated(),
    giftCardSales: totals.giftCardTotal.negated(),
    rounding,
    tax: [
      ...totals.taxes.map(({ rate, net, tax }) => ({ rate, net: net.negated(), tax: tax.negated() })),
      ...prepaidTaxes.map(toTaxTotal),
    ],
    tenders: refunded.map(({ method, amount }) => ({ method, amount: amount.negated(), count: 1 })),
    ...(voids ? { voids: 1, voided: goodsOf(totals) } : {}),
    ...(paymentDifference ? { paymentDifference } : {}),
    tips: tip ? [{ method: tip.method, amount: tip.amount.negated(), count: 1 }] : [],
  };
}
