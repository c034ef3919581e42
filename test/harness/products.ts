/** The operations that create products, with inventory's part of them, as the graph calls them. */
import type { RequestContext } from '#kernel/context';
import { initialStock } from '#subgraphs/inventory/index';
import * as imports from '#subgraphs/catalog/import/bulk-operations';
import * as products from '#subgraphs/catalog/products/products';

type Input<
  Operation extends (...args: never[]) => unknown,
  Position extends number,
> = Parameters<Operation>[Position];

export function createProduct(ctx: RequestContext, input: Input<typeof products.createProduct, 1>) {
  return products.createProduct(ctx, input, initialStock);
}

export function addVariant(
  ctx: RequestContext,
  productId: string,
  input: Input<typeof products.addVariant, 2>,
) {
  return products.addVariant(ctx, productId, input, initialStock);
}

export function bulkCreateProducts(ctx: RequestContext, input: Input<typeof imports.bulkCreateProducts, 1>) {
  return imports.bulkCreateProducts(ctx, input, initialStock);
}
