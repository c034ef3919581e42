/** What a weight or price label says of the goods it sticks on, and how that agrees with a quantity that a till sends along. Pure. */
import { Decimal, ONE } from '#kernel/decimal';
import { QUANTITY_PLACES, UNIT_PRICE_PLACES } from '#kernel/money';
import type { LabelValue } from './barcode-candidates.rules';

/** An item as it is priced. */
interface PricedItem {
  readonly unitPrice: Decimal;
  readonly quantityPlaces: number;
}

/** What is sold of an item under a barcode. */
export interface LabelledAmount {
  /** 1, or what the label says. */
  readonly quantity: Decimal;
  readonly unitPrice: Decimal;
  /** The label under which it was found; undefined where it was named in another way. */
  readonly label?: LabelValue | undefined;
}

/**
 * How much of the item a label stands for. A weight is the quantity. A price on goods sold by measure becomes the quantity that
 * costs as much; on goods sold by the piece it is the price of the one piece. Where the quantity's three places would make the
 * till ask for another sum than the label shows, the unit price gives way, because the label is what the customer agreed to.
 */
export function measure(
  { unitPrice, quantityPlaces }: PricedItem,
  label: LabelValue | undefined,
): LabelledAmount {
  if (!label) return { quantity: ONE, unitPrice, label };
  if (label.kind === 'weight') return { quantity: label.value, unitPrice, label };
  const onePiece = { quantity: ONE, unitPrice: label.value, label };
  if (quantityPlaces === 0 || !unitPrice.isPositive() || unitPrice.isZero()) return onePiece;
  const quantity = label.value.dividedBy(unitPrice).toDecimalPlaces(QUANTITY_PLACES, Decimal.ROUND_HALF_UP);
  if (quantity.isZero()) return onePiece;
  if (comesTo(label, quantity, unitPrice)) return { quantity, unitPrice, label };
  const given = label.value.dividedBy(quantity).toDecimalPlaces(UNIT_PRICE_PLACES, Decimal.ROUND_HALF_UP);
  return { quantity, unitPrice: given, label };
}

/** Whether so much at such a price costs what a price label shows. */
export function comesTo({ kind, value, places }: LabelValue, quantity: Decimal, unitPrice: Decimal): boolean {
  return (
    kind === 'price' && quantity.times(unitPrice).toDecimalPlaces(places, Decimal.ROUND_HALF_UP).equals(value)
  );
}

/** What a till says of an item beside its name. */
export interface TillItem {
  readonly quantity?: Decimal | null | undefined;
  readonly unitPrice?: Decimal | null | undefined;
}

/**
 * How much is sold. Without a label that is what the till says, and 1 where it says nothing. A label says it itself: the till may
 * leave the quantity out, say the same as the label, or say 1 as for any scan, which then counts labels and not kilograms. A till
 * that reads a price label by a price of its own says the same where its quantity at its price comes to what the label shows.
 *
 * @returns undefined where till and label contradict each other: whatever was sold then, the goods would not be in the bag.
 */
export function quantitySold(item: LabelledAmount, till: TillItem): Decimal | undefined {
  const { quantity, unitPrice } = till;
  if (quantity == null) return item.quantity;
  if (!item.label || quantity.equals(item.quantity)) return quantity;
  if (comesTo(item.label, quantity, unitPrice ?? item.unitPrice)) return quantity;
  return quantity.equals(ONE) ? item.quantity : undefined;
}
