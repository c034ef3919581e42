import type { RequestContext } from '#kernel/context';
import { formatUnitPrice } from '#kernel/money';
import type { Page } from '#kernel/paging';
import type { Resolvers } from '../types.generated';
import { recentlyScannedProducts, recentScansSize, type RecentItem } from './recent-scans.worker';
import { scanProduct } from './scan-product';

export const resolvers: Resolvers = {
  Query: {
    scanProduct: (_, { barcode }, ctx) => scanProduct(ctx, barcode),
    recentlyScannedProducts: (_, { size }, ctx) => recentPage(ctx, size),
  },
  ScannedProduct: {
    id: ({ productId }) => productId,
    product: ({ productId }) => ({ __typename: 'Product', id: productId }),
    price: ({ unitPrice, currency }) => formatUnitPrice(unitPrice, currency),
    scannedAt: (item) => item.scannedAt ?? null,
  },
};

async function recentPage(ctx: RequestContext, size: number | null | undefined): Promise<Page<RecentItem>> {
  const items = await recentlyScannedProducts(ctx, size);
  const once = (count: number) => () => Promise.resolve(count);
  return {
    items,
    total: once(items.length),
    page: 1,
    size: recentScansSize(size),
    pages: once(1),
    hasNextPage: false,
    nextCursor: null,
  };
}
