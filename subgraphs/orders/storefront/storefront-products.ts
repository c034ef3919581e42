/** The catalogue of a web shop: the active products with the prices and the stock of its branch, and nothing else of them. */
import { groupBy } from '#kernel/collections';
import type { RequestContext } from '#kernel/context';
import { Decimal, ZERO } from '#kernel/decimal';
import { notFound } from '#kernel/errors';
import { formatUnitPrice } from '#kernel/money';
import type { Page } from '#kernel/paging';
import { sellingTerms, type SellingTerms } from '#subgraphs/auth/index';
import {
  listActiveProducts,
  productsById,
  resolveItems,
  variantsOfProducts,
  type ProductRow,
  type ResolvedItem,
} from '#subgraphs/catalog/index';
import { levelsOf } from '#subgraphs/inventory/index';
import type { QueryStorefrontProductsArgs } from '../inputs.generated';
import { storefrontBranch } from './storefront-branch';

/** A variant that can be bought. */
export interface StorefrontVariant extends Pick<ResolvedItem, 'productId' | 'productName' | 'sku' | 'name'> {
  id: string;
  /** Formatted, since a unit price may have more digits than the currency. */
  price: string;
  /** Null if stock is not tracked. */
  available: Decimal | null;
}

type ShownProduct = Pick<
  ProductRow,
  | 'id'
  | 'name'
  | 'description'
  | 'categoryId'
  | 'imageUrl'
  | 'taxRate'
  | 'unit'
  | 'quantityPlaces'
  | 'minimumAge'
>;

/** A product as visitors see it. */
export interface StorefrontProduct extends ShownProduct, Pick<SellingTerms, 'currency' | 'pricesIncludeTax'> {
  variants: StorefrontVariant[];
}

/**
 * A page of products, by name or relevance.
 * @throws PosProError 404 for an unknown branch, and as listPage.
 */
export async function listStorefrontProducts(
  ctx: RequestContext,
  { branchId, ...filter }: QueryStorefrontProductsArgs,
): Promise<Page<StorefrontProduct>> {
  const terms = await sellingTerms(ctx.db, storefrontBranch(ctx, branchId));
  const page = await listActiveProducts(ctx, filter);
  return { ...page, items: await toStorefrontProducts(ctx, terms, page.items) };
}

/** @throws PosProError 404 for an unknown product, one that is not sold any more, and an unknown branch. */
export async function storefrontProduct(
  ctx: RequestContext,
  id: string,
  branchId: string | null | undefined,
): Promise<StorefrontProduct> {
  const terms = await sellingTerms(ctx.db, storefrontBranch(ctx, branchId));
  const product = (await productsById(ctx.db, [id], ctx.clock.now())).get(id.toLowerCase());
  if (!product?.active || product.deletedAt) throw notFound('product', id);
  return (await toStorefrontProducts(ctx, terms, [product]))[0]!;
}

async function toStorefrontProducts(
  ctx: RequestContext,
  { branchId, currency, pricesIncludeTax }: SellingTerms,
  products: readonly ProductRow[],
): Promise<StorefrontProduct[]> {
  const ids = products.map(({ id }) => id);
  const variants = [...(await variantsOfProducts(ctx.db, ids)).values()].flat();
  const items = await resolveItems(
    ctx,
    ctx.db,
    variants.map(({ id }) => ({ variantId: id })),
    branchId,
  );
  const sold = items.filter((item) => item !== undefined);
  const stocked = sold.filter(({ trackStock }) => trackStock).map(({ variantId }) => variantId);
  const levels = await levelsOf(ctx.db, stocked, branchId, ctx.clock.now());
  const shown = sold.map((item) => ({
    productId: item.productId,
    productName: item.productName,
    id: item.variantId,
    sku: item.sku,
    name: item.name,
    price: formatUnitPrice(item.unitPrice, currency),
    available: item.trackStock ? Decimal.max(levels.get(item.variantId)?.available ?? ZERO, ZERO) : null,
  }));
  const shownOf = groupBy(shown, ({ productId }) => productId);
  return products.map((product) => ({
    id: product.id,
    name: product.name,
    description: product.description,
    categoryId: product.categoryId,
    imageUrl: product.imageUrl,
    taxRate: product.taxRate,
    unit: product.unit,
    quantityPlaces: product.quantityPlaces,
    minimumAge: product.minimumAge,
    currency,
    pricesIncludeTax,
    variants: shownOf.get(product.id) ?? [],
  }));
}
