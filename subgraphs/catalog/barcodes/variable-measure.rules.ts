/** The quantity and price on a weight or price label, and how they agree with the quantity that a till sends. */
import { Decimal, ONE } from '#kernel/decimal';
import { QUANTITY_PLACES, UNIT_PRICE_PLACES } from '#kernel/money';
import type { LabelValue } from './barcode-candidates.rules';

/** An item with its price. */
interface PricedItem {
  readonly unitPrice: Decimal;
  readonly quantityPlaces: number;
}

/** The quantity and unit price of an item that is sold by a barcode. */
export interface LabelledAmount {
  /** 1, or the quantity on the label. */
  readonly quantity: Decimal;
  readonly unitPrice: Decimal;
  /** The label that named the item; undefined if something else did. */
  readonly label?: LabelValue | undefined;
}

/**
 * The quantity and unit price for a label. A weight is the quantity. A price on goods sold by measure becomes the quantity with that
 * price; on goods sold by the piece it is the price of one piece. If rounding the quantity to three places would make the till
 * ask for another amount than the label shows, the unit price is adjusted, because the customer agreed to the label.
 */
export function applyLabel(
  { unitPrice, quantityPlaces }: PricedItem,
  label: LabelValue | undefined,
): LabelledAmount {
  if (!label) return { quantity: ONE, unitPrice, label };
  if (label.kind === 'weight') return { quantity: label.value, unitPrice, label };
  const onePiece = { quantity: ONE, unitPrice: label.value, label };
  if (quantityPlaces === 0 || !unitPrice.isPositive() || unitPrice.isZero()) return onePiece;
  const quantity = label.value.dividedBy(unitPrice).toDecimalPlaces(QUANTITY_PLACES, Decimal.ROUND_HALF_UP);
  if (quantity.isZero()) return onePiece;
  if (matchesLabelPrice(label, quantity, unitPrice)) return { quantity, unitPrice, label };
  const given = label.value.dividedBy(quantity).toDecimalPlaces(UNIT_PRICE_PLACES, Decimal.ROUND_HALF_UP);
  return { quantity, unitPrice: given, label };
}

/** Whether a quantity at a unit price costs the amount on a price label. */
export function matchesLabelPrice(
  { kind, value, places }: LabelValue,
  quantity: Decimal,
  unitPrice: Decimal,
): boolean {
  return (
    kind === 'price' && quantity.times(unitPrice).toDecimalPlaces(places, Decimal.ROUND_HALF_UP).equals(value)
  );
}

/** The quantity and price that a till sends for an item. */
export interface TillItem {
  readonly quantity?: Decimal | null | undefined;
  readonly unitPrice?: Decimal | null | undefined;
}

/**
 * The quantity that is sold. Without a label it is the till's quantity, by default 1. With a label, the till may omit the quantity,
 * send the label's, or send 1 as for any scan, which then counts labels and not kilograms. A till that reads a price label with a price
 * of its own agrees with the label if its quantity at its price costs the amount on the label.
 *
 * @returns undefined if till and label contradict each other: either quantity could differ from the goods in the bag.
 */
export function quantitySold(item: LabelledAmount, till: TillItem): Decimal | undefined {
  const { quantity, unitPrice } = till;
  if (quantity == null) return item.quantity;
  if (!item.label || quantity.equals(item.quantity)) return quantity;
  if (matchesLabelPrice(item.label, quantity, unitPrice ?? item.unitPrice)) return quantity;
  return quantity.equals(ONE) ? item.quantity : undefined;
}
