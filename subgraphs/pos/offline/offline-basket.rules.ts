/**
 * A sale as a till made it while it was offline, so that it can be priced: what a checkout would refuse is set to what the till
 * did, and told. Pure.
 */
import { Decimal, HUNDRED, ZERO, formatDecimal, sum } from '#kernel/decimal';
import { QUANTITY_PLACES, roundMoney } from '#kernel/money';
import { quantitySold, type ResolvedItem } from '#subgraphs/catalog/index';
import type { Discount, PricingTerms } from '#subgraphs/orders/index';
import type { CheckoutInput, CheckoutItemInput, DiscountInput } from '../inputs.generated';
import { conflict, type Conflict } from './offline-conflicts.rules';

/** A basket that can be priced, and what had to give way for it. */
export interface AdjustedBasket {
  items: readonly CheckoutItemInput[];
  discount: DiscountInput | null;
  sellables: readonly (ResolvedItem | undefined)[];
  conflicts: Conflict[];
}

type Sold = Pick<CheckoutInput, 'items' | 'discount'>;

/**
 * @param sellables what the catalogue knows of each item, in the order of the items.
 * @returns a basket of the same items. The quantity of the till stands against that of a label, parts of a piece stay, and a
 * discount ends at what it is taken from.
 */
export function adjustBasket(
  terms: PricingTerms,
  sold: Sold,
  sellables: readonly (ResolvedItem | undefined)[],
): AdjustedBasket {
  const conflicts: Conflict[] = [];
  const known = sellables.map(
    (item, index) => item && asMeasured(terms, item, { till: sold.items[index]!, index, conflicts }),
  );
  const worth = sold.items.map((item, index) => {
    const sellable = known[index];
    const quantity = sellable && quantitySold(sellable, item);
    return quantity
      ? roundMoney(quantity.times(item.unitPrice ?? sellable.unitPrice), terms.currency, terms.roundingMode)
      : ZERO;
  });
  const items = sold.items.map((item, index) => ({
    ...item,
    discount: capped(item.discount, worth[index]!, index, conflicts),
  }));
  const left = sum(
    worth.map((amount, index) =>
      Decimal.max(ZERO, amount.minus(takenOff(terms, items[index]!.discount, amount))),
    ),
  );
  return { items, discount: capped(sold.discount, left, null, conflicts), sellables: known, conflicts };
}

/** The item with the quantity of the till, where its label or its unit says another, or its label cannot be sold by. */
function asMeasured(
  terms: PricingTerms,
  item: ResolvedItem,
  { till, index, conflicts }: { till: CheckoutItemInput; index: number; conflicts: Conflict[] },
): ResolvedItem {
  const { labelError, ...understood } = item;
  if (labelError) {
    const sold = till.quantity == null ? null : formatDecimal(till.quantity);
    conflicts.push(
      conflict('LABEL_CONTRADICTED', labelError.message, { rule: 'label', item: index, sold, present: null }),
    );
  }
  let measured: ResolvedItem = understood;
  const { quantity } = till;
  if (!quantity?.greaterThan(ZERO)) return measured;
  if (quantitySold(item, till) === undefined) {
    const texts = { sold: formatDecimal(quantity), present: formatDecimal(item.quantity) };
    const message = `The label of "${item.name}" stands for ${texts.present} ${item.unit}; the till sold ${texts.sold}.`;
    const worth = (count: Decimal, price: Decimal) =>
      roundMoney(count.times(price), terms.currency, terms.roundingMode);
    const difference = worth(quantity, till.unitPrice ?? item.unitPrice).minus(
      worth(item.quantity, item.unitPrice),
    );
    conflicts.push(
      conflict('LABEL_CONTRADICTED', message, { rule: 'label', item: index, ...texts, difference }),
    );
    measured = { ...measured, label: undefined };
  }
  const places = quantity.decimalPlaces();
  if (places > item.quantityPlaces && places <= QUANTITY_PLACES) {
    const texts = { sold: formatDecimal(quantity), present: String(item.quantityPlaces) };
    const message = `"${item.name}" was sold as ${texts.sold} ${item.unit}; its unit has ${texts.present} decimal places.`;
    conflicts.push(
      conflict('QUANTITY_PRECISION', message, { rule: 'product.quantityPlaces', item: index, ...texts }),
    );
    measured = { ...measured, quantityPlaces: places };
  }
  return measured;
}

function capped(
  discount: DiscountInput | null | undefined,
  worth: Decimal,
  item: number | null,
  conflicts: Conflict[],
): DiscountInput | null {
  const { amount, percent } = discount ?? {};
  if (percent != null || !amount?.greaterThan(worth)) return discount ?? null;
  const texts = { sold: formatDecimal(amount), present: formatDecimal(worth) };
  const message = `The discount of ${texts.sold} is more than the ${texts.present} it is taken from, and ends there.`;
  conflicts.push(
    conflict('DISCOUNT_TOO_LARGE', message, {
      rule: 'discount',
      item,
      ...texts,
      difference: worth.minus(amount),
    }),
  );
  return { amount: worth };
}

function takenOff(terms: PricingTerms, discount: Discount | null | undefined, worth: Decimal): Decimal {
  if (discount?.percent != null)
    return roundMoney(worth.times(discount.percent).dividedBy(HUNDRED), terms.currency, terms.roundingMode);
  return discount?.amount ?? ZERO;
}
