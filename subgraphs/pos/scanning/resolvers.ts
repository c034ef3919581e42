import { formatUnitPrice } from '#kernel/money';
import { itemName } from '#subgraphs/catalog/index';
import type { Resolvers } from '../types.generated';
import { recentlyScannedProducts } from './recent-scans.worker';
import { scanProduct } from './scan-product';

export const resolvers: Resolvers = {
  Query: {
    scanProduct: (_, { barcode }, ctx) => scanProduct(ctx, barcode),
    recentlyScannedProducts: (_, { size }, ctx) => recentlyScannedProducts(ctx, size),
  },
  ScannedProduct: {
    id: ({ productId }) => productId,
    name: (item, _, ctx) => itemName(ctx, item),
    price: ({ unitPrice, currency }) => formatUnitPrice(unitPrice, currency),
    scannedAt: (item) => item.scannedAt ?? null,
  },
};
