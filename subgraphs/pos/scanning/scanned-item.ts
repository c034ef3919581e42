import type { RequestContext } from '#kernel/context';
import { type Decimal, ZERO } from '#kernel/decimal';
import { tillTerms } from '#subgraphs/orders/index';
import type { ResolvedItem } from '#subgraphs/catalog/index';
import { levelsOf } from '#subgraphs/inventory/index';

/** An item as a till shows it. */
export interface ScannedItem extends ResolvedItem {
  currency: string;
  /** Whether the price includes the tax. */
  taxIncluded: boolean;
  /** The quantity that the branch can sell; null if the item is not stocked. */
  available: Decimal | null;
}

/** Adds the branch's stock and terms to items. */
export async function withStock(
  ctx: RequestContext,
  branchId: string,
  items: readonly ResolvedItem[],
): Promise<ScannedItem[]> {
  const stockedVariantIds = items.filter((item) => item.trackStock).map((item) => item.variantId);
  const [terms, levels] = await Promise.all([
    tillTerms(ctx, ctx.db, branchId),
    stockedVariantIds.length > 0
      ? levelsOf(ctx.db, stockedVariantIds, branchId, ctx.clock.now())
      : new Map<string, { available: Decimal }>(),
  ]);
  return items.map((item) => ({
    ...item,
    currency: terms.currency,
    taxIncluded: terms.pricesIncludeTax,
    available: item.trackStock ? (levels.get(item.variantId)?.available ?? ZERO) : null,
  }));
}
