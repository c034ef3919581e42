/**
 * Product exports of Shopify, in the columns of both templates (Handle, Variant SKU, … and URL handle, SKU, …): a row for each
 * variant and each further image, all with the product's handle. The product's own values are in its first row.
 */
import type { NumberedProduct, RawProduct } from './product-columns.rules';
import { remark, type SystemRow } from '#kernel/import/system-export';
import {
  openingStock,
  optionsOf,
  productRows,
  skuOr,
  descriptionOf,
  untaxed,
  type ProductSystem,
  type SystemVariant,
} from './system-rows.rules';

const HANDLE = ['handle', 'urlhandle'];
const SKU = ['variantsku', 'sku'];
const BARCODE = ['variantbarcode', 'barcode'];
const PRICE = ['variantprice', 'price'];
const COST = ['costperitem'];
const QUANTITY = ['variantinventoryqty', 'inventoryquantity'];
const TRACKER = ['variantinventorytracker', 'inventorytracker'];
const TAXABLE = ['varianttaxable', 'chargetax'];
const DESCRIPTION = ['bodyhtml', 'description'];
const IMAGE = ['imagesrc', 'productimageurl'];
const CATEGORY = ['productcategory', 'standardproducttype', 'type', 'customproducttype'];
const OPTIONS = [1, 2, 3].map((at) => ({ name: `option${at}name`, value: `option${at}value` }));

const TAKEN: ReadonlySet<string> = new Set([
  ...HANDLE, ...SKU, ...BARCODE, ...PRICE, ...COST, ...QUANTITY, ...TRACKER, ...TAXABLE, ...DESCRIPTION, ...IMAGE, ...CATEGORY,
  ...OPTIONS.flatMap(({ name, value }) => [name, value]), 'title', 'vendor', 'status',
]); // prettier-ignore

/** Shopify allows 2,048 variants and 250 images per product; more rows of one handle cannot be its export. */
const MAX_GROUP = 5_000;

/** Reasons why columns are ignored, by key. */
const REASONS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    variantcompareatprice: 'a struck-out price is a price list in PosPro',
    compareatprice: 'a struck-out price is a price list in PosPro',
    variantgrams: 'products have no weight of their own',
    weightvaluegrams: 'products have no weight of their own',
    published: 'it refers to the web shop; Status decides whether a product is sold',
    publishedononlinestore: 'it refers to the web shop; Status decides whether a product is sold',
  }),
);

export const shopify: ProductSystem = {
  name: 'shopify',
  title: 'Shopify',
  recognizes: (keys) =>
    keys.has('title') &&
    HANDLE.some((key) => keys.has(key)) &&
    (keys.has('variantprice') || keys.has('option1value')),
  takes: (key) => TAKEN.has(key),
  reasonFor: (key) => REASONS.get(key),
  prepare: () => Promise.resolve(convert),
};

async function* convert(rows: AsyncIterable<SystemRow>): AsyncGenerator<NumberedProduct> {
  let group: SystemRow[] = [];
  let handle: string | undefined;
  for await (const row of rows) {
    const own = row.text(...HANDLE);
    if (own !== handle || group.length >= MAX_GROUP) {
      yield* productOf(handle ?? '', group);
      group = [];
    }
    handle = own;
    group.push(row);
  }
  yield* productOf(handle ?? '', group);
}

function productOf(handle: string, rows: readonly SystemRow[]): NumberedProduct[] {
  const [first] = rows;
  if (!first) return [];
  const names = OPTIONS.map(({ name }) => first.text(name));
  const isVariant = (row: SystemRow) =>
    row === first || row.cell(...PRICE, ...SKU, 'option1value') !== undefined;
  const variants = rows.filter(isVariant).map((row, index) => variantOf(row, handle, names, index));
  const images = rows.filter((row) => row.cell(...IMAGE) !== undefined).length;
  const [main, ...others] = variants;
  const tooMany =
    images > 1
      ? [remark('imageUrl', `One image of ${images} is imported; add the others to the product.`)]
      : [];
  const all = [{ ...main!, remarks: [...main!.remarks, ...tooMany] }, ...others];
  return productRows(fieldsOf(first), all, optionsOf(variants));
}

function fieldsOf(row: SystemRow): RawProduct {
  const status = row.text('status').toLowerCase();
  const category = row.text(...CATEGORY);
  return {
    name: row.cell('title'),
    description: descriptionOf(row.text(...DESCRIPTION)),
    brand: row.cell('vendor'),
    category: /^uncategorized$/i.test(category) ? '' : category,
    imageUrl: row.cell(...IMAGE),
    active: status === '' ? '' : status === 'active',
    trackStock: row.text(...TRACKER) !== '',
  };
}

function variantOf(row: SystemRow, handle: string, names: readonly string[], index: number): SystemVariant {
  const options = new Map<string, string>();
  OPTIONS.forEach(({ value }, at) => {
    const name = names[at]!;
    const text = row.text(value);
    // A product without variants has the option "Title" with this one value.
    if (name !== '' && text !== '' && !(name === 'Title' && text === 'Default Title'))
      options.set(name, text);
  });
  const { sku, remarks: ofSku } = skuOr(row.cell(...SKU), handle, index === 0 ? '' : String(index + 1));
  const { stock, remarks: ofStock } = openingStock(row.cell(...QUANTITY));
  const ofTax = /^false$/i.test(row.text(...TAXABLE)) ? [untaxed('Shopify')] : [];
  return {
    row: row.number,
    cells: {
      sku,
      barcode: row.cell(...BARCODE),
      price: row.cell(...PRICE),
      cost: row.cell(...COST),
      initialStock: stock,
    },
    options,
    remarks: [...ofSku, ...ofStock, ...ofTax],
    fault: row.fault,
  };
}
