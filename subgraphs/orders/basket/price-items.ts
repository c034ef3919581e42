/** The items of a basket at the catalogue's prices, which depend on the moment and on the quantity of each variant in the basket. */
import type { RequestContext } from '#kernel/context';
import type { Queryable } from '#kernel/db/database';
import { Decimal, ONE } from '#kernel/decimal';
import { foldText } from '#kernel/fold-text.rules';
import { resolveItems, quantitySold, type ResolvedItem } from '#subgraphs/catalog/index';
import type { BasketItem } from './basket-line.rules';

/** The branch and the moment that decide the prices. */
export interface Pricing {
  branchId: string;
  at: Date;
}

/**
 * Resolves and prices the items; undefined for an unknown item.
 *
 * A price that applies from a quantity on counts all units of a variant in the basket: twelve bottles cost the same whether they are
 * scanned one by one or entered at once. Lines with the same reference are counted together before the items are resolved, so that
 * most sales resolve them once; a second time only if two different references turn out to be one variant.
 */
export async function priceItems(
  ctx: RequestContext,
  db: Queryable,
  { branchId, at }: Pricing,
  items: readonly BasketItem[],
): Promise<(ResolvedItem | undefined)[]> {
  const resolveFor = (totals: readonly (Decimal | null)[]) =>
    resolveItems(
      ctx,
      db,
      items.map((item, index) => ({ ...item, quantity: totals[index] ?? null })),
      branchId,
      at,
    );
  const totalsByReference = totalsBy(
    items.map(referenceKey),
    items.map(({ quantity }) => quantity ?? ONE),
  );
  const resolvedItems = await resolveFor(totalsByReference);
  // Labels have named their quantities now, too. If a till names another, the sale is rejected later.
  const quantities = items.map((item, index) => {
    const resolvedItem = resolvedItems[index];
    return (resolvedItem && quantitySold(resolvedItem, item)) ?? item.quantity ?? ONE;
  });
  const totalsByVariant = totalsBy(
    resolvedItems.map((item) => item?.variantId),
    quantities,
  );
  const linesByVariant = totalsBy(
    resolvedItems.map((item) => item?.variantId),
    items.map(() => ONE),
  );
  // The only line of a variant has been priced by its own quantity, even with a label.
  const pricesFinal = resolvedItems.every(
    (item, index) =>
      !item ||
      linesByVariant[index]!.equals(ONE) ||
      totalsByVariant[index]!.equals(totalsByReference[index]!),
  );
  return pricesFinal ? resolvedItems : resolveFor(totalsByVariant);
}

/** The reference by which the catalogue finds an item, in the catalogue's order of precedence. */
function referenceKey({ variantId, productId, barcode, sku }: BasketItem): string {
  if (variantId) return `variant ${variantId.toLowerCase()}`;
  if (productId) return `product ${productId.toLowerCase()}`;
  return barcode ? `barcode ${barcode}` : `sku ${foldText(sku ?? '')}`;
}

/** For each line, the sum of the quantities of all lines with the same key; a line without a key is on its own. */
function totalsBy(keys: readonly (string | undefined)[], quantities: readonly Decimal[]): Decimal[] {
  const totals = new Map<string, Decimal>();
  keys.forEach((key, index) => {
    if (key !== undefined) totals.set(key, (totals.get(key) ?? new Decimal(0)).plus(quantities[index]!));
  });
  return keys.map((key, index) => (key === undefined ? quantities[index]! : totals.get(key)!));
}
