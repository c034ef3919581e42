/**
 * The one definition of the figures of sales: running totals, statistics, analytics and reports use these functions, and answers and docs
 * these sentences. Pure.
 */
import { ZERO, type Decimal } from '#kernel/decimal';
import { roundMoney, type RoundingMode } from '#kernel/money';

/** The definition of the figures, as answers say it. */
export const SALES_DEFINITION = [
  'Gross sales: goods at their prices before discounts, with tax, on the business day of the sale.',
  'Discounts: of lines and of orders, with tax.',
  'Refunds: with tax, on the business day of the refund.',
  'Net sales = gross sales − discounts − refunds, with tax.',
  'Tax: the tax in the net sales. Revenue = net sales − tax.',
  'Cost: the recorded cost of the goods that left the stock, minus those that were restocked; goods that are sent count on the day of their sale once they were shipped.',
  'Margin = revenue − cost, without lines of which no cost is recorded; their revenue is shown apart.',
  'Shipping, tips, cash rounding and sold gift cards are not part of any of them.',
].join(' ');

/** Sums that follow from the amounts of orders. Amounts include tax. */
export interface SalesAmounts {
  /** Sales before any discount. */
  readonly gross: Decimal;
  readonly discounts: Decimal;
  readonly refunds: Decimal;
}

/** Amounts from which a margin follows, without tax. */
export interface MarginAmounts {
  /** Revenue: goods sold minus returned, after discounts. */
  readonly net: Decimal;
  readonly cost: Decimal;
  /** The part of the revenue that belongs to lines of unknown cost. */
  readonly uncostedNet: Decimal;
}

const COST_PLACES = 6;
const RATE_PLACES = 4;

/** Net sales: gross − discounts − refunds. */
export function netOf({ gross, discounts, refunds }: SalesAmounts): Decimal {
  return gross.minus(discounts).minus(refunds);
}

/** Margin: the revenue of goods of known cost minus that cost. */
export function marginOf({ net, cost, uncostedNet }: MarginAmounts): Decimal {
  return net.minus(uncostedNet).minus(cost);
}

/** The amounts as they are shown: the cost in whole minor units, so that the shown margin is the shown revenue minus it. */
export function shownMargin<Amounts extends MarginAmounts>(
  amounts: Amounts,
  { currency, roundingMode }: { currency: string; roundingMode: RoundingMode },
): Amounts {
  return { ...amounts, cost: roundMoney(amounts.cost, currency, roundingMode) };
}

/** Margin as a share of the revenue of goods of known cost; null if that revenue is not above zero. */
export function marginRateOf(amounts: MarginAmounts): Decimal | null {
  const costed = amounts.net.minus(amounts.uncostedNet);
  return costed.greaterThan(ZERO) ? marginOf(amounts).dividedBy(costed).toDecimalPlaces(RATE_PLACES) : null;
}

/** The cost of a quantity that leaves the stock; negative for one that comes back. */
export function costOf(quantity: Decimal, unitCost: Decimal): Decimal {
  return quantity.times(unitCost).toDecimalPlaces(COST_PLACES);
}

/**
 * The cost of a line when it is inserted. Goods that come back without being restocked, or were never sent, take no cost back: zero.
 * @returns null if it is unknown: for items that are not stocked, and for goods that are still to be sent.
 */
export function lineCost({
  kind,
  quantity,
  unitCost,
  stocked,
}: {
  kind: 'sale' | 'return';
  /** Negative on a return. */
  quantity: Decimal;
  unitCost: Decimal | null;
  stocked: boolean;
}): Decimal | null {
  if (unitCost !== null) return costOf(quantity, unitCost);
  return kind === 'return' && stocked ? ZERO : null;
}
