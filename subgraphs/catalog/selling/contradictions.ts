import { skuKey } from '../normalize.rules';
import type { Contradiction, ItemReference, ResolvedItem } from './sold-items';

type Items = readonly (ResolvedItem | undefined)[];

/**
 * Marks the items whose reference names another item as well: a variant and the SKU of another one. A client with such a line has
 * confused two products, and selling either would be a guess.
 *
 * @param resolveBarcodes finds the items of barcodes that do not decide; called only if there are any. An unknown barcode names nothing.
 */
export async function markContradictions(
  references: readonly ItemReference[],
  items: Items,
  resolveBarcodes: (barcodes: readonly ItemReference[]) => Promise<Items>,
): Promise<(ResolvedItem | undefined)[]> {
  const deciding = references.map(({ variantId, productId }) => Boolean(variantId ?? productId));
  const lines = references.flatMap(({ barcode }, line) =>
    barcode && deciding[line] && items[line] ? [line] : [],
  );
  const scanned =
    lines.length === 0
      ? []
      : await resolveBarcodes(lines.map((line) => ({ barcode: references[line]!.barcode })));
  const byLine = new Map(lines.map((line, index) => [line, scanned[index]]));
  return items.map((item, line) => {
    const contradiction = item && contradictionOf(references[line]!, item, byLine.get(line));
    return contradiction ? { ...item, contradiction } : item;
  });
}

function contradictionOf(
  { productId, sku }: ItemReference,
  item: ResolvedItem,
  scannedItem: ResolvedItem | undefined,
): Contradiction | undefined {
  if (productId && productId.toLowerCase() !== item.productId) return 'productId';
  if (scannedItem && scannedItem.variantId !== item.variantId) return 'barcode';
  return sku && skuKey(sku) !== skuKey(item.sku) ? 'sku' : undefined;
}
