/** Reads label rules and price lists from the server. */
import type { CopiedPrice, PriceListHead, SellingRulesSource } from './core/selling-rules';
import { LabelRulesDocument, PriceListHeadsDocument, PricesOfListDocument } from './operations.generated';
import type { TillApi } from './till-api';

export function sellingRulesSource(api: TillApi): SellingRulesSource {
  return {
    labels: async () => (await api.query(LabelRulesDocument, {})).barcodeRules,
    priceLists: async () => {
      const lists = await allPages(
        async (cursor) => (await api.query(PriceListHeadsDocument, { cursor })).priceLists,
      );
      return lists.map(({ validFrom = null, validTo = null, ...list }): PriceListHead => ({
        ...list,
        validFrom,
        validTo,
      }));
    },
    prices: (priceListId) =>
      allPages<CopiedPrice>(
        async (cursor) => (await api.query(PricesOfListDocument, { priceListId, cursor })).priceListPrices,
      ),
  };
}

/** All items of a list of pages. */
async function allPages<Item>(
  read: (
    cursor: string | null,
  ) => Promise<{ items: readonly Item[]; nextCursor?: string | null | undefined }>,
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof read>> = await read(cursor);
    items.push(...page.items);
    cursor = page.nextCursor ?? null;
  } while (cursor !== null);
  return items;
}
