import type DataLoader from 'dataloader';
import type { RequestContext } from '#kernel/context';
import { loader, loadRequired } from '#kernel/graph/loader';
import { currencyOf } from '#subgraphs/auth/index';
import { textFallbacks, translated } from '#subgraphs/i18n/index';
import { barcodeWarnings } from '../barcodes/barcode-warnings.rules';
import { productWarnings } from './product-warnings.rules';
import type { ProductRow, VariantRow } from '../model';
import { formatPrice } from '../prices/format-price';
import type { Resolvers } from '../types.generated';
import type { InitialStock } from './initial-stock';
import { searchProducts } from './product-search.queries';
import {
  activateProduct,
  addVariant,
  createProduct,
  deleteProduct,
  updateProduct,
  updateVariant,
} from './products';
import {
  listProducts,
  PRODUCT_COUNTS,
  productById,
  productsById,
  variantsById,
  variantsOfProducts,
} from './products.queries';
import { createUnit, listUnits } from './units';

type Loader<Row> = DataLoader<string, Row | undefined>;

const productLoader = (ctx: RequestContext): Loader<ProductRow> =>
  loader(ctx, 'catalog.product', (ids) => productsById(ctx.db, ids, ctx.clock.now()));
const variantLoader = (ctx: RequestContext): Loader<VariantRow> =>
  loader(ctx, 'catalog.variant', (ids) => variantsById(ctx.db, ids));
const variantsLoader = (ctx: RequestContext): Loader<VariantRow[]> =>
  loader(ctx, 'catalog.variantsOfProduct', (ids) => variantsOfProducts(ctx.db, ids));

/** @param initialStock posts the stock that new products and variants start with. */
export const productResolvers = (initialStock: InitialStock): Resolvers => ({
  Query: {
    products: (_, args, ctx) => listProducts(ctx.db, args, ctx.clock.now(), ctx.caches.of(PRODUCT_COUNTS)),
    product: (_, { id }, ctx) => productById(ctx.db, id, ctx.clock.now()),
    productVariants: async (_, { productId }, ctx) => {
      const product = await productById(ctx.db, productId);
      return loadRequired(variantsLoader(ctx), 'product', product.id);
    },
    searchProducts: (_, { search, page, size }, ctx) =>
      searchProducts(ctx.db, search, { page, size }, ctx.clock.now()),
    units: (_, __, ctx) => listUnits(ctx),
  },
  Mutation: {
    createProduct: (_, { input }, ctx) => createProduct(ctx, input, initialStock),
    updateProduct: (_, { id, input }, ctx) => updateProduct(ctx, id, input),
    deleteProduct: (_, { id, version }, ctx) => deleteProduct(ctx, id, version),
    activateProduct: (_, { id, active, version }, ctx) => activateProduct(ctx, id, active, version),
    addVariant: (_, { productId, input }, ctx) => addVariant(ctx, productId, input, initialStock),
    updateVariant: (_, { productId, variantId, input }, ctx) =>
      updateVariant(ctx, productId, variantId, input),
    createUnit: (_, { input }, ctx) => createUnit(ctx, input),
  },
  Product: {
    __resolveReference: ({ id }, ctx) => productLoader(ctx).load(id),
    name: ({ id, name }, _, ctx) => translated(ctx, { entity: 'product', id }, 'name', name),
    description: ({ id, description }, _, ctx) =>
      translated(ctx, { entity: 'product', id }, 'description', description),
    fallbacks: ({ id, name, description }, _, ctx) =>
      textFallbacks(ctx, { entity: 'product', id }, { name, description }),
    price: ({ price }, _, ctx) => formatPrice(ctx, price),
    cost: ({ cost }, _, ctx) => cost && formatPrice(ctx, cost),
    currency: (_, __, ctx) => currencyOf(ctx),
    warnings: ({ taxClassId }) => productWarnings(taxClassId),
    variants: ({ id }, _, ctx) => loadRequired(variantsLoader(ctx), 'product', id),
  },
  Variant: {
    __resolveReference: ({ id }, ctx) => variantLoader(ctx).load(id),
    barcode: ({ barcodes }) => barcodes[0] ?? null,
    barcodeWarnings: ({ barcodes }) => barcodeWarnings(barcodes),
    price: ({ price }, _, ctx) => formatPrice(ctx, price),
    cost: ({ cost }, _, ctx) => cost && formatPrice(ctx, cost),
    currency: (_, __, ctx) => currencyOf(ctx),
  },
});
