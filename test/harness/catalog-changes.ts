/** Random changes of a catalogue through the mutations of its schema. */
import type { RequestContext } from '#kernel/context';
import { raw, sql } from '#kernel/db/database';
import { PosProError } from '#kernel/errors';
import { initialStock } from '#subgraphs/inventory/index';
import { subgraph } from '#subgraphs/catalog/subgraph';
import type { Shop } from './shop';
import { amount } from './values';

type Resolver = (parent: null, args: object, ctx: RequestContext) => Promise<unknown>;

const { Mutation: MUTATIONS } = subgraph({ initialStock }).resolvers as {
  Mutation: Record<string, Resolver>;
};

/** The names of all mutations of the catalogue. */
export const CATALOG_MUTATIONS = Object.keys(MUTATIONS).sort();

/** The SKUs and barcodes that changes use: few, so that products take them from each other. Two are of labels. */
export const SKUS = ['TEA', 'MILK', 'HAM', 'BREAD', 'SOAP'];
export const BARCODES = ['4006381333931', '036000291452', '2112345', '2254321', 'HOUSE-1'];

/** A repeatable source of choices. */
export interface Choices {
  below(limit: number): number;
  of<Item>(items: readonly Item[]): Item;
}

/** Choices by a linear congruence: the same for the same seed. */
function choicesOf(seed: number): Choices {
  let state = seed >>> 0;
  const below = (limit: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  return { below, of: (items) => items[below(items.length)]! };
}

const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const DAY_MS = 86_400_000;

/** Ids of the rows that a change may concern. */
interface Ids {
  products: string[];
  variants: { id: string; productId: string; sku: string }[];
  taxClasses: { id: string; code: string }[];
  taxRates: { id: string; taxClassId: string }[];
  priceLists: string[];
  barcodeRules: string[];
  images: { id: string; productId: string }[];
  categories: string[];
  brands: string[];
}

async function readIds({ db }: RequestContext): Promise<Ids> {
  const ids = async (table: string) => (await rows<{ id: string }>(table, 'id')).map(({ id }) => id);
  const rows = <Row>(table: string, columns: string) =>
    db.many<Row>(sql`select ${raw(columns)} from ${raw(table)} order by id`);
  return {
    products: await ids('products where deleted_at is null'),
    variants: await rows('variants where deleted_at is null', 'id, product_id, sku'),
    taxClasses: await rows('tax_classes', 'id, code'),
    taxRates: await rows('tax_rates', 'id, tax_class_id'),
    priceLists: await ids('price_lists'),
    barcodeRules: await ids('barcode_rules'),
    images: await rows('product_images', 'id, product_id'),
    categories: await ids('categories'),
    brands: await ids('brands'),
  };
}

/** Makes the arguments of a mutation. */
type Arguments = (choices: Choices, ids: Ids, shop: Shop) => object;

const price = (choices: Choices) => amount(`${choices.below(20)}.${choices.below(9)}5`);
const maybe = <Value>(choices: Choices, field: string, value: () => Value) =>
  choices.below(2) === 0 ? {} : { [field]: value() };
const moment = (choices: Choices) => new Date(Date.now() + (choices.below(5) - 2) * DAY_MS);
const name = (choices: Choices, what: string) => `${what} ${choices.below(6)}`;
const NOWHERE = '0190a000-0000-7000-8000-000000000000';
const some = <Item>(choices: Choices, items: readonly Item[], absent: Item) =>
  items.length === 0 ? absent : choices.of(items);
const variantOf = (choices: Choices, ids: Ids) =>
  some(choices, ids.variants, { id: NOWHERE, productId: NOWHERE, sku: 'NONE' });

const productFields = (choices: Choices, ids: Ids) => ({
  ...maybe(choices, 'name', () => name(choices, 'Product')),
  ...maybe(choices, 'taxClass', () => some(choices, ids.taxClasses, { id: '', code: 'none' }).code),
  ...maybe(choices, 'unit', () => choices.of(['piece', 'kg'])),
  ...maybe(choices, 'quantityPlaces', () => choices.of([0, 3])),
  ...maybe(choices, 'minimumAge', () => choices.of([16, 18])),
  ...maybe(choices, 'trackStock', () => choices.of([true, false])),
  ...maybe(choices, 'imageUrl', () => `https://pictures.test/${choices.below(3)}.png`),
});
const variantFields = (choices: Choices) => ({
  ...maybe(choices, 'price', () => price(choices)),
  ...maybe(choices, 'sku', () => choices.of(SKUS)),
  ...maybe(choices, 'barcodes', () => [
    choices.of(BARCODES),
    ...(choices.below(2) ? [choices.of(BARCODES)] : []),
  ]),
});
const listFields = (choices: Choices, shop: Shop) => ({
  ...maybe(choices, 'branchIds', () => [choices.of(shop.branchIds)]),
  ...maybe(choices, 'validFrom', () => moment(choices)),
  ...maybe(choices, 'validTo', () => moment(choices)),
  ...maybe(choices, 'priority', () => choices.below(3)),
  ...maybe(choices, 'active', () => choices.below(4) > 0),
});
const listed = (choices: Choices, ids: Ids) => ({
  sku: variantOf(choices, ids).sku,
  price: price(choices),
  minQuantity: amount(choices.of(['1', '0.5', '3', '10'])),
});
const bulk = (items: object[]) => ({ input: { items, dryRun: false } });

/** The arguments of each mutation that may change an item as it is sold, or a label. */
const ARGUMENTS: Readonly<Record<string, Arguments>> = {
  createProduct: (choices, ids) => ({
    input: {
      ...productFields(choices, ids),
      ...variantFields(choices),
      name: name(choices, 'Product'),
      price: price(choices),
    },
  }),
  updateProduct: (choices, ids) => ({
    id: some(choices, ids.products, NOWHERE),
    input: { ...productFields(choices, ids), ...variantFields(choices) },
  }),
  deleteProduct: (choices, ids) => ({ id: some(choices, ids.products, NOWHERE) }),
  activateProduct: (choices, ids) => ({
    id: some(choices, ids.products, NOWHERE),
    active: choices.below(3) > 0,
  }),
  addVariant: (choices, ids) => ({
    productId: some(choices, ids.products, NOWHERE),
    input: {
      ...variantFields(choices),
      name: name(choices, 'Variant'),
      price: price(choices),
      isDefault: choices.below(2) === 0,
    },
  }),
  updateVariant: (choices, ids) => {
    const { id, productId } = variantOf(choices, ids);
    const input = {
      ...variantFields(choices),
      ...maybe(choices, 'active', () => choices.below(3) > 0),
      ...maybe(choices, 'name', () => name(choices, 'Variant')),
      ...(choices.below(3) === 0 ? { isDefault: true } : {}),
    };
    return { productId, variantId: id, input };
  },
  createUnit: (choices) => ({
    input: { code: choices.of(['kg', 'crate']), name: 'Unit', quantityPlaces: choices.below(3) },
  }),
  createTaxClass: (choices) => ({
    input: { name: name(choices, 'Tax'), rate: amount(choices.below(25)), isDefault: choices.below(3) === 0 },
  }),
  updateTaxClass: (choices, ids) => ({
    id: some(choices, ids.taxClasses, { id: NOWHERE, code: '' }).id,
    input: {
      ...maybe(choices, 'rate', () => amount(choices.below(25))),
      ...maybe(choices, 'isDefault', () => true),
    },
  }),
  deleteTaxClass: (choices, ids) => ({ id: some(choices, ids.taxClasses, { id: NOWHERE, code: '' }).id }),
  addTaxRate: (choices, ids) => ({
    taxClassId: some(choices, ids.taxClasses, { id: NOWHERE, code: '' }).id,
    input: { rate: amount(choices.below(25)), validFrom: moment(choices) },
  }),
  deleteTaxRate: (choices, ids) => {
    const { id, taxClassId } = some(choices, ids.taxRates, { id: NOWHERE, taxClassId: NOWHERE });
    return { taxClassId, taxRateId: id };
  },
  createPriceList: (choices, _, shop) => ({
    input: { ...listFields(choices, shop), name: name(choices, 'List') },
  }),
  updatePriceList: (choices, ids, shop) => ({
    id: some(choices, ids.priceLists, NOWHERE),
    input: listFields(choices, shop),
  }),
  setPriceListPrices: (choices, ids) => ({
    id: some(choices, ids.priceLists, NOWHERE),
    input: { prices: Array.from({ length: choices.below(4) }, () => listed(choices, ids)) },
  }),
  importPriceList: (choices, ids) => ({
    id: some(choices, ids.priceLists, NOWHERE),
    ...bulk([{ ...listed(choices, ids), price: price(choices).toFixed(), minQuantity: '2' }]),
  }),
  deletePriceList: (choices, ids) => ({ id: some(choices, ids.priceLists, NOWHERE) }),
  bulkCreateProducts: (choices) =>
    bulk([
      {
        sku: choices.of(SKUS),
        name: name(choices, 'Product'),
        price: price(choices).toFixed(),
        barcode: choices.of(BARCODES),
      },
      { sku: `${choices.of(SKUS)}-2`, parentSku: choices.of(SKUS), variantName: 'Large', price: '9' },
    ]),
  bulkUpdateProducts: (choices) =>
    bulk([{ sku: choices.of(SKUS), active: choices.below(3) > 0, barcode: choices.of(BARCODES) }]),
  bulkUpdatePrices: (choices) => bulk(SKUS.map((sku) => ({ sku, price: price(choices).toFixed() }))),
  bulkDeleteProducts: (choices) => ({ input: { skus: [choices.of(SKUS)] } }),
  createBarcodeRule: (choices) => ({
    input: { prefix: choices.of(['21', '22', '23']), measured: choices.of(['weight', 'price']) },
  }),
  updateBarcodeRule: (choices, ids) => ({
    id: some(choices, ids.barcodeRules, NOWHERE),
    input: {
      ...maybe(choices, 'active', () => choices.below(2) === 0),
      ...maybe(choices, 'places', () => choices.below(4)),
    },
  }),
  deleteBarcodeRule: (choices, ids) => ({ id: some(choices, ids.barcodeRules, NOWHERE) }),
  uploadProductImage: (choices, ids) => ({
    productId: some(choices, ids.products, NOWHERE),
    input: { data: PIXEL },
  }),
  deleteProductImage: (choices, ids) => {
    const { id, productId } = some(choices, ids.images, { id: NOWHERE, productId: NOWHERE });
    return { productId, imageId: id };
  },
  createCategory: (choices) => ({ input: { name: name(choices, 'Category') } }),
  updateCategory: (choices, ids) => ({
    id: some(choices, ids.categories, NOWHERE),
    input: { name: name(choices, 'Category') },
  }),
  deleteCategory: (choices, ids) => ({ id: some(choices, ids.categories, NOWHERE) }),
  createBrand: (choices) => ({ input: { name: name(choices, 'Brand') } }),
  updateBrand: (choices, ids) => ({
    id: some(choices, ids.brands, NOWHERE),
    input: { name: name(choices, 'Brand') },
  }),
  deleteBrand: (choices, ids) => ({ id: some(choices, ids.brands, NOWHERE) }),
  cancelImport: () => ({ id: NOWHERE }),
};

/** The mutations that `changeCatalog` can make. */
export const CATALOG_CHANGES = Object.keys(ARGUMENTS).sort();

/** Makes one random change. One that the catalogue rejects changes nothing, and counts as well. @returns whether it succeeded. */
export async function changeCatalog(shop: Shop, mutation: string, seed: number): Promise<boolean> {
  const choices = choicesOf(seed);
  const args = ARGUMENTS[mutation]!(choices, await readIds(shop.ctx), shop);
  try {
    await MUTATIONS[mutation]!(null, args, shop.ctx);
    return true;
  } catch (error) {
    if (!(error instanceof PosProError) || error.status >= 500) throw error;
    return false;
  }
}
