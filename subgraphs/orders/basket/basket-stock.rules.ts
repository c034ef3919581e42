/** The stock that a basket needs. */
import { type Decimal, ZERO, formatDecimal } from '#kernel/decimal';
import type { ResolvedItem } from '#subgraphs/catalog/index';
import { fieldIssue, type Issue } from '../issues.rules';
import type { BasketLine } from './basket-line.rules';

/** The quantity that a basket needs of one item, and the index of the item's first line. */
export interface NeededStock {
  item: ResolvedItem;
  quantity: Decimal;
  index: number;
}

/** The stock that a basket takes, by variant. */
export function neededStock(lines: readonly BasketLine[]): Map<string, NeededStock> {
  const stockByVariant = new Map<string, NeededStock>();
  for (const { item, quantity, index } of lines) {
    if (!item.trackStock) continue;
    const previous = stockByVariant.get(item.variantId);
    stockByVariant.set(item.variantId, {
      item,
      quantity: quantity.plus(previous?.quantity ?? ZERO),
      index: previous?.index ?? index,
    });
  }
  return stockByVariant;
}

/** The issue of an item of which more is needed than is available. */
export function shortage({ item, quantity, index }: NeededStock, available: Decimal): Issue {
  const message = `"${item.name}": ${formatDecimal(quantity)} requested, ${formatDecimal(available)} available.`;
  return {
    ...fieldIssue(`items.${index}.quantity`, message, 'INSUFFICIENT_STOCK', index),
    code: 'INSUFFICIENT_STOCK',
    details: { variantId: item.variantId, sku: item.sku, available: formatDecimal(available) },
  };
}
