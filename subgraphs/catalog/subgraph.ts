import type DataLoader from 'dataloader';
import type { RequestContext } from '#kernel/context';
import { notFound } from '#kernel/errors';
import { IMPORT_SCHEMA, importJobFields } from '#kernel/import/import-report';
import { loader } from '#kernel/graph/loader';
import { defineSubgraph } from '#kernel/graph/subgraph';
import type { Decimal } from '#kernel/decimal';
import { formatUnitPrice } from '#kernel/money';
import {
  barcodeRuleById,
  createBarcodeRule,
  deleteBarcodeRule,
  listBarcodeRules,
  updateBarcodeRule,
} from './barcodes/barcode-rules';
import { currencyOf } from '#subgraphs/auth/index';
import { barcodeWarnings } from './barcodes/barcode-warnings.rules';
import { exportProducts } from './import/export-products';
import {
  deleteBrand,
  deleteCategory,
  deleteTaxClass,
  updateBrand,
  updateCategory,
  updateTaxClass,
} from './classification/update-groups';
import { createBrand, createCategory, createTaxClass } from './classification/groups';
import { startImageSweep } from './images/orphaned-images.worker';
import { deleteProductImage, imageUrlOf, imagesOfProducts, uploadProductImage } from './images/images';
import {
  bulkCreateProducts,
  bulkDeleteProducts,
  bulkUpdatePrices,
  bulkUpdateProducts,
  cancelImport,
  importJob,
  importPriceList,
  listImportFaults,
  listImportJobs,
} from './import/bulk-operations';
import {
  createPriceList,
  deletePriceList,
  listPriceLists,
  listPrices,
  priceListById,
  setListedPrices,
  updatePriceList,
} from './prices/price-lists';
import {
  activateProduct,
  addVariant,
  createProduct,
  deleteProduct,
  updateProduct,
  updateVariant,
} from './products/products';
import {
  brandsById,
  categoriesById,
  listBrands,
  listCategories,
  listProducts,
  listTaxClasses,
  productById,
  productsById,
  taxClassesById,
  variantsById,
  variantsOfProducts,
} from './products/products.queries';
import type { InitialStock } from './products/initial-stock';
import type { ProductRow, VariantRow } from './model';
import { searchProducts } from './products/product-search.queries';
import type { BrandRow, CategoryRow, TaxClassRow } from './tables.generated';
import { addTaxRate, deleteTaxRate, ratesOfClasses } from './classification/tax-rates';
import { stopImports } from '#kernel/import/start-import';
import { createUnit, listUnits } from './products/units';
import type { MutationResolvers, QueryResolvers, Resolvers } from './types.generated';

type Loader<Row> = DataLoader<string, Row | undefined>;

const products = (ctx: RequestContext): Loader<ProductRow> =>
  loader(ctx, 'catalog.product', (ids) => productsById(ctx.db, ids, ctx.clock.now()));
const variants = (ctx: RequestContext): Loader<VariantRow> =>
  loader(ctx, 'catalog.variant', (ids) => variantsById(ctx.db, ids));
const variantsOf = (ctx: RequestContext): Loader<VariantRow[]> =>
  loader(ctx, 'catalog.variantsOfProduct', (ids) => variantsOfProducts(ctx.db, ids));
const categories = (ctx: RequestContext): Loader<CategoryRow> =>
  loader(ctx, 'catalog.category', (ids) => categoriesById(ctx.db, ids));
const brands = (ctx: RequestContext): Loader<BrandRow> =>
  loader(ctx, 'catalog.brand', (ids) => brandsById(ctx.db, ids));
const taxClasses = (ctx: RequestContext): Loader<TaxClassRow> =>
  loader(ctx, 'catalog.taxClass', (ids) => taxClassesById(ctx.db, ids, ctx.clock.now()));
const images = (ctx: RequestContext) => loader(ctx, 'catalog.images', (ids) => imagesOfProducts(ctx.db, ids));
const rates = (ctx: RequestContext) => loader(ctx, 'catalog.taxRates', (ids) => ratesOfClasses(ctx, ids));

/** What another row refers to: its absence would be a fault of ours. */
async function found<Row>(what: string, id: string, known: Loader<Row>): Promise<Row> {
  const row = await known.load(id);
  if (row === undefined) throw notFound(what, id);
  return row;
}

async function price(ctx: RequestContext, amount: Decimal): Promise<string> {
  return formatUnitPrice(amount, await currencyOf(ctx));
}

const Query: QueryResolvers = {
  products: (_, args, ctx) => listProducts(ctx.db, args, ctx.clock.now()),
  product: (_, { id }, ctx) => productById(ctx.db, id, ctx.clock.now()),
  productVariants: async (_, { id }, ctx) => {
    const product = await productById(ctx.db, id);
    return found('product', product.id, variantsOf(ctx));
  },
  searchProducts: (_, { q, page, size }, ctx) => searchProducts(ctx.db, q, { page, size }, ctx.clock.now()),
  categories: (_, args, ctx) => listCategories(ctx.db, args),
  brands: (_, args, ctx) => listBrands(ctx.db, args),
  taxClasses: (_, args, ctx) => listTaxClasses(ctx.db, args, ctx.clock.now()),
  importJob: (_, { id }, ctx) => importJob(ctx, id),
  importJobs: (_, args, ctx) => listImportJobs(ctx, args),
  importErrors: (_, { id, ...paging }, ctx) => listImportFaults(ctx, id, paging),
  exportProducts: (_, args, ctx) => exportProducts(ctx, args),
  priceLists: (_, args, ctx) => listPriceLists(ctx.db, args),
  priceListPrices: (_, { id, ...paging }, ctx) => listPrices(ctx, id, paging),
  barcodeRules: (_, __, ctx) => listBarcodeRules(ctx),
  units: (_, __, ctx) => listUnits(ctx),
};

/** The mutations whose products may start with stock. */
const creating = (stock: InitialStock): MutationResolvers => ({
  createProduct: (_, { input }, ctx) => createProduct(ctx, input, stock),
  addVariant: (_, { id, input }, ctx) => addVariant(ctx, id, input, stock),
  bulkCreateProducts: (_, { input }, ctx) => bulkCreateProducts(ctx, input, stock),
});

const Mutation: MutationResolvers = {
  updateProduct: (_, { id, input }, ctx) => updateProduct(ctx, id, input),
  deleteProduct: (_, { id, version }, ctx) => deleteProduct(ctx, id, version),
  activateProduct: (_, { id, active, version }, ctx) => activateProduct(ctx, id, active, version),
  updateVariant: (_, { id, vid, input }, ctx) => updateVariant(ctx, id, vid, input),
  bulkUpdateProducts: (_, { input }, ctx) => bulkUpdateProducts(ctx, input),
  bulkUpdatePrices: (_, { input }, ctx) => bulkUpdatePrices(ctx, input),
  bulkDeleteProducts: (_, { input }, ctx) => bulkDeleteProducts(ctx, input),
  createCategory: (_, { input }, ctx) => createCategory(ctx, input),
  createBrand: (_, { input }, ctx) => createBrand(ctx, input),
  createTaxClass: (_, { input }, ctx) => createTaxClass(ctx, input),
  updateCategory: (_, { id, input }, ctx) => updateCategory(ctx, id, input),
  deleteCategory: (_, { id, version }, ctx) => deleteCategory(ctx, id, version),
  updateBrand: (_, { id, input }, ctx) => updateBrand(ctx, id, input),
  deleteBrand: (_, { id, version }, ctx) => deleteBrand(ctx, id, version),
  updateTaxClass: (_, { id, input }, ctx) => updateTaxClass(ctx, id, input),
  deleteTaxClass: (_, { id, version }, ctx) => deleteTaxClass(ctx, id, version),
  addTaxRate: (_, { id, input }, ctx) => addTaxRate(ctx, id, input),
  deleteTaxRate: (_, { id, rid }, ctx) => deleteTaxRate(ctx, id, rid),
  cancelImport: (_, { id }, ctx) => cancelImport(ctx, id),
  uploadProductImage: (_, { id, input }, ctx) => uploadProductImage(ctx, id, input),
  deleteProductImage: (_, { id, iid }, ctx) => deleteProductImage(ctx, id, iid),
  createPriceList: (_, { input }, ctx) => createPriceList(ctx, input),
  updatePriceList: (_, { id, input }, ctx) => updatePriceList(ctx, id, input),
  setPriceListPrices: (_, { id, input: { prices, version } }, ctx) =>
    setListedPrices(ctx, id, prices, version),
  importPriceList: (_, { id, input }, ctx) => importPriceList(ctx, id, input),
  deletePriceList: (_, { id, version }, ctx) => deletePriceList(ctx, id, version),
  createBarcodeRule: (_, { input }, ctx) => createBarcodeRule(ctx, input),
  updateBarcodeRule: (_, { id, input }, ctx) => updateBarcodeRule(ctx, id, input),
  deleteBarcodeRule: (_, { id, version }, ctx) => deleteBarcodeRule(ctx, id, version),
  createUnit: (_, { input }, ctx) => createUnit(ctx, input),
};

const resolvers: Resolvers = {
  Query,
  Product: {
    __resolveReference: ({ id }, ctx) => products(ctx).load(id),
    price: (product, _, ctx) => price(ctx, product.price),
    cost: (product, _, ctx) => (product.cost === null ? null : price(ctx, product.cost)),
    currency: (_, __, ctx) => currencyOf(ctx),
    category: ({ categoryId }, _, ctx) =>
      categoryId === null ? null : found('category', categoryId, categories(ctx)),
    brand: ({ brandId }, _, ctx) => (brandId === null ? null : found('brand', brandId, brands(ctx))),
    defaultVariant: ({ defaultVariantId }, _, ctx) => found('variant', defaultVariantId, variants(ctx)),
    variants: ({ id }, _, ctx) => found('product', id, variantsOf(ctx)),
    images: async ({ id }, _, ctx) => (await images(ctx).load(id)) ?? [],
  },
  Variant: {
    __resolveReference: ({ id }, ctx) => variants(ctx).load(id),
    product: ({ productId }, _, ctx) => found('product', productId, products(ctx)),
    barcode: ({ barcodes }) => barcodes[0] ?? null,
    barcodeWarnings: ({ barcodes }) => barcodeWarnings(barcodes),
    price: (variant, _, ctx) => price(ctx, variant.price),
    cost: (variant, _, ctx) => (variant.cost === null ? null : price(ctx, variant.cost)),
    currency: (_, __, ctx) => currencyOf(ctx),
  },
  Category: {
    __resolveReference: ({ id }, ctx) => categories(ctx).load(id),
    parent: ({ parentId }, _, ctx) =>
      parentId === null ? null : found('category', parentId, categories(ctx)),
  },
  Brand: { __resolveReference: ({ id }, ctx) => brands(ctx).load(id) },
  TaxClass: {
    __resolveReference: ({ id }, ctx) => taxClasses(ctx).load(id),
    rates: async ({ id }, _, ctx) => (await rates(ctx).load(id)) ?? [],
  },
  ProductImage: {
    url: ({ storageKey }) => imageUrlOf(storageKey, 1600),
    mediumUrl: ({ storageKey }) => imageUrlOf(storageKey, 640),
    smallUrl: ({ storageKey }) => imageUrlOf(storageKey, 160),
    jpegUrl: ({ storageKey }) => imageUrlOf(storageKey, 1600, 'jpg'),
  },
  ProductExport: {
    price: (row, _, ctx) => price(ctx, row.price),
    cost: (row, _, ctx) => (row.cost === null ? null : price(ctx, row.cost)),
  },
  PriceList: { __resolveReference: ({ id }, ctx) => priceListById(ctx, id) },
  ListedPrice: { price: (row, _, ctx) => price(ctx, row.price) },
  BarcodeRule: { __resolveReference: ({ id }, ctx) => barcodeRuleById(ctx, id) },
  ImportJob: importJobFields,
};

/** @param later.initialStock posts the stock that new products start with. */
export const subgraph = ({ initialStock }: { initialStock: InitialStock }) =>
  defineSubgraph(__dirname, {
    sharedTypes: [IMPORT_SCHEMA],
    resolvers: { ...resolvers, Mutation: { ...Mutation, ...creating(initialStock) } },
    start: (services) => {
      const stopSweep = startImageSweep(services);
      return Promise.resolve(async () => {
        await Promise.all([stopImports(), stopSweep()]);
      });
    },
  });
