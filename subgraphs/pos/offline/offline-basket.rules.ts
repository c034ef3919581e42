/**
 * Adjusts the basket of an offline sale so that it can be priced: the till's values replace those that a checkout would require, and
 * each difference becomes a conflict. Pure.
 */
import { Decimal, HUNDRED, ZERO, formatDecimal, sum } from '#kernel/decimal';
import { QUANTITY_PLACES, roundMoney } from '#kernel/money';
import { quantitySold, type ResolvedItem } from '#subgraphs/catalog/index';
import type { Discount, PricingTerms } from '#subgraphs/orders/index';
import type { CheckoutInput, CheckoutItemInput, DiscountInput } from '../inputs.generated';
import { conflict, type Conflict } from './offline-conflicts.rules';

/** A basket that can be priced, and the conflicts of its adjustments. */
export interface AdjustedBasket {
  items: readonly CheckoutItemInput[];
  discount: DiscountInput | null;
  resolvedItems: readonly (ResolvedItem | undefined)[];
  conflicts: Conflict[];
}

type OfflineItems = Pick<CheckoutInput, 'items' | 'discount'>;

/**
 * Adjusts a basket.
 * @param resolvedItems the items as the catalogue has them, in the order of the input; undefined for an unknown item.
 * @returns a basket of the same items. The till's quantity overrides that of a label, fractions of a piece are kept, and a discount is
 * limited to the amount that it reduces.
 */
export function adjustBasket(
  terms: PricingTerms,
  sale: OfflineItems,
  resolvedItems: readonly (ResolvedItem | undefined)[],
): AdjustedBasket {
  const conflicts: Conflict[] = [];
  const measuredItems = resolvedItems.map(
    (item, index) => item && applyTillQuantity(terms, item, { till: sale.items[index]!, index, conflicts }),
  );
  const amounts = sale.items.map((item, index) => {
    const measuredItem = measuredItems[index];
    const quantity = measuredItem && quantitySold(measuredItem, item);
    return quantity
      ? roundMoney(
          quantity.times(item.unitPrice ?? measuredItem.unitPrice),
          terms.currency,
          terms.roundingMode,
        )
      : ZERO;
  });
  const items = sale.items.map((item, index) => ({
    ...item,
    discount: capDiscount(item.discount, amounts[index]!, index, conflicts),
  }));
  const remaining = sum(
    amounts.map((amount, index) =>
      Decimal.max(ZERO, amount.minus(discountAmount(terms, items[index]!.discount, amount))),
    ),
  );
  return {
    items,
    discount: capDiscount(sale.discount, remaining, null, conflicts),
    resolvedItems: measuredItems,
    conflicts,
  };
}

/** The item, sold by the till's quantity even if its label or its unit does not permit that quantity. */
function applyTillQuantity(
  terms: PricingTerms,
  item: ResolvedItem,
  { till, index, conflicts }: { till: CheckoutItemInput; index: number; conflicts: Conflict[] },
): ResolvedItem {
  const { labelError, ...itemWithoutError } = item;
  if (labelError) {
    const sold = till.quantity == null ? null : formatDecimal(till.quantity);
    conflicts.push(
      conflict('LABEL_CONTRADICTED', labelError.message, { rule: 'label', item: index, sold, present: null }),
    );
  }
  let adjustedItem: ResolvedItem = itemWithoutError;
  const { quantity } = till;
  if (!quantity?.greaterThan(ZERO)) return adjustedItem;
  if (quantitySold(item, till) === undefined) {
    const texts = { sold: formatDecimal(quantity), present: formatDecimal(item.quantity) };
    const message = `The label of "${item.name}" stands for ${texts.present} ${item.unit}; the till sold ${texts.sold}.`;
    const amount = (count: Decimal, price: Decimal) =>
      roundMoney(count.times(price), terms.currency, terms.roundingMode);
    const difference = amount(quantity, till.unitPrice ?? item.unitPrice).minus(
      amount(item.quantity, item.unitPrice),
    );
    conflicts.push(
      conflict('LABEL_CONTRADICTED', message, { rule: 'label', item: index, ...texts, difference }),
    );
    adjustedItem = { ...adjustedItem, label: undefined };
  }
  const places = quantity.decimalPlaces();
  if (places > item.quantityPlaces && places <= QUANTITY_PLACES) {
    const texts = { sold: formatDecimal(quantity), present: String(item.quantityPlaces) };
    const message = `"${item.name}" was sold as ${texts.sold} ${item.unit}; its unit has ${texts.present} decimal places.`;
    conflicts.push(
      conflict('QUANTITY_PRECISION', message, { rule: 'product.quantityPlaces', item: index, ...texts }),
    );
    adjustedItem = { ...adjustedItem, quantityPlaces: places };
  }
  return adjustedItem;
}

function capDiscount(
  discount: DiscountInput | null | undefined,
  amountBefore: Decimal,
  item: number | null,
  conflicts: Conflict[],
): DiscountInput | null {
  const { amount, percent } = discount ?? {};
  if (percent != null || !amount?.greaterThan(amountBefore)) return discount ?? null;
  const texts = { sold: formatDecimal(amount), present: formatDecimal(amountBefore) };
  const message = `The discount of ${texts.sold} exceeds the amount of ${texts.present} that it reduces, and is limited to it.`;
  conflicts.push(
    conflict('DISCOUNT_TOO_LARGE', message, {
      rule: 'discount',
      item,
      ...texts,
      difference: amountBefore.minus(amount),
    }),
  );
  return { amount: amountBefore };
}

function discountAmount(
  terms: PricingTerms,
  discount: Discount | null | undefined,
  amount: Decimal,
): Decimal {
  if (discount?.percent != null)
    return roundMoney(amount.times(discount.percent).dividedBy(HUNDRED), terms.currency, terms.roundingMode);
  return discount?.amount ?? ZERO;
}
