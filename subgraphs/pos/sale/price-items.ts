/** The items of a basket as the catalogue sells them: at the price of the moment, and of how many there are of each. */
import type { Queryable } from '#kernel/db/database';
import { Decimal, ONE } from '#kernel/decimal';
import { foldText } from '#kernel/fold-text.rules';
import { resolveItems, quantitySold, type ResolvedItem } from '#subgraphs/catalog/index';
import type { CheckoutItemInput } from '../inputs.generated';

/** Whose prices count, and which moment's. */
export interface Pricing {
  organizationId: string;
  branchId: string;
  at: Date;
}

/**
 * What is sold under each item; undefined for what is unknown.
 *
 * A price that holds from a quantity on counts all of the same variant in the basket: twelve bottles cost the same whether they are
 * scanned one by one or typed in at once. Two lines that name one thing in the same words are counted together before the catalogue
 * is asked; only where they turn out to be one thing under two names, it is asked again, so that a sale is one statement here.
 */
export async function priceItems(
  db: Queryable,
  { organizationId, branchId, at }: Pricing,
  items: readonly CheckoutItemInput[],
): Promise<(ResolvedItem | undefined)[]> {
  const resolveFor = (totals: readonly (Decimal | null)[]) =>
    resolveItems(
      db,
      organizationId,
      items.map((item, index) => ({ ...item, quantity: totals[index] ?? null })),
      branchId,
      at,
    );
  const totalsByReference = totalsBy(
    items.map(referenceKey),
    items.map(({ quantity }) => quantity ?? ONE),
  );
  const resolvedItems = await resolveFor(totalsByReference);
  // Now a label has said how much it stands for, too. Where the till says something else, the sale is refused later on.
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
  // On a line of its own, even a label has been priced by what it stands for.
  const pricesFinal = resolvedItems.every(
    (item, index) =>
      !item ||
      linesByVariant[index]!.equals(ONE) ||
      totalsByVariant[index]!.equals(totalsByReference[index]!),
  );
  return pricesFinal ? resolvedItems : resolveFor(totalsByVariant);
}

/** What the catalogue goes by, in its order. */
function referenceKey({ variantId, productId, barcode, sku }: CheckoutItemInput): string {
  if (variantId) return `variant ${variantId.toLowerCase()}`;
  if (productId) return `product ${productId.toLowerCase()}`;
  return barcode ? `barcode ${barcode}` : `sku ${foldText(sku ?? '')}`;
}

/** For each line, the quantities of all lines under the same key together; a line without a key stands alone. */
function totalsBy(keys: readonly (string | undefined)[], quantities: readonly Decimal[]): Decimal[] {
  const totals = new Map<string, Decimal>();
  keys.forEach((key, index) => {
    if (key !== undefined) totals.set(key, (totals.get(key) ?? new Decimal(0)).plus(quantities[index]!));
  });
  return keys.map((key, index) => (key === undefined ? quantities[index]! : totals.get(key)!));
}
