/**
 * Product exports of WooCommerce: a row for each product. A variable product has no price of its own; its variations may be anywhere in the
 * file and name it by SKU or as "id:12".
 */
import { tooLarge, type CellValue } from '#kernel/import/table-file';
import type { FieldError } from '#kernel/errors';
import type { ImportColumn, NumberedProduct, RawProduct } from './product-columns.rules';
import { remark, type SystemRow, type SystemRows, type Convert } from '#kernel/import/system-export';
import {
  openingStock,
  optionsOf,
  productRows,
  skuOr,
  descriptionOf,
  untaxed,
  type ProductSystem,
} from './system-rows.rules';

const BARCODE = 'gtinupceanorisbn';
const ATTRIBUTE = /^attribute\d+(name|values)$/;
const TAKEN: ReadonlySet<string> = new Set([
  'id', 'type', 'sku', BARCODE, 'name', 'published', 'shortdescription', 'description', 'taxstatus', 'taxclass', 'stock', 'regularprice',
  'categories', 'images', 'parent', 'brands',
]); // prettier-ignore
/** Maximum size of all variable products in memory while their variations are read, in characters. */
const MAX_KEPT = 20_000_000;
/** The value of a variation that matches every value of an attribute. */
const ANY = 'Any';

/** A variable product: its fields, the options of its variations, and the SKU of the first of them. */
interface Parent {
  readonly row: SystemRow;
  readonly fields: RawProduct;
  readonly remarks: readonly FieldError[];
  readonly variations: { options: Map<string, string> }[];
  options: [string, string[]][];
  first: { row: number; sku: CellValue } | undefined;
}

/** Reasons why columns are ignored, by key. */
const REASONS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    saleprice: 'a temporary lower price is a price list in PosPro',
    weightkg: 'products have no weight of their own',
    weightlbs: 'products have no weight of their own',
  }),
);

export const woocommerce: ProductSystem = {
  name: 'woocommerce',
  title: 'WooCommerce',
  recognizes: (keys) =>
    ['type', 'sku', 'name', 'regularprice'].every((key) => keys.has(key)) && keys.has('published'),
  takes: (key) => TAKEN.has(key) || ATTRIBUTE.test(key),
  reasonFor: (key) => REASONS.get(key),
  prepare: async (rows) => {
    const parents = await parentsOf(rows);
    return converter(parents);
  },
};

async function parentsOf(rows: SystemRows): Promise<ReadonlyMap<string, Parent>> {
  const parents = new Map<string, Parent>();
  let kept = 0;
  for await (const row of rows()) {
    if (!isType(row, 'variable')) continue;
    const { fields, remarks } = fieldsOf(row);
    const parent: Parent = { row, fields, remarks, variations: [], options: [], first: undefined };
    kept += JSON.stringify(fields).length;
    if (kept > MAX_KEPT)
      throw tooLarge('The variable products of the file are too many for one import; split the export.');
    for (const key of [row.text('sku'), `id:${row.text('id')}`])
      if (key !== '' && key !== 'id:') parents.set(key, parent);
  }
  for await (const row of rows()) {
    const parent = isType(row, 'variation') ? parents.get(row.text('parent')) : undefined;
    if (!parent) continue;
    parent.first ??= { row: row.number, sku: skuOf(row).sku };
    parent.variations.push({ options: attributesOf(row) });
  }
  for (const parent of new Set(parents.values())) decideOptions(parent);
  return parents;
}

function decideOptions(parent: Parent): void {
  parent.options = optionsOf(parent.variations);
  for (const [name, values] of parent.options) {
    if (parent.variations.some(({ options }) => !options.has(name)) && !values.includes(ANY))
      values.push(ANY);
  }
  parent.variations.length = 0;
}

function converter(parents: ReadonlyMap<string, Parent>): Convert<ImportColumn> {
  return async function* convert(rows) {
    for await (const row of rows) {
      if (isType(row, 'variation')) yield* variation(row, parents.get(row.text('parent')));
      else if (isType(row, 'variable')) yield* withoutVariations(row, parents);
      else if (isType(row, 'grouped'))
        yield rejected(row, 'A grouped product has no price of its own; its members are products.');
      else yield* simple(row);
    }
  };
}

/** The type of a row: "simple", "simple, virtual", "variable", "variation". */
function isType(row: SystemRow, type: string): boolean {
  return row
    .text('type')
    .toLowerCase()
    .split(',')
    .some((one) => one.trim() === type);
}

function rejected(row: SystemRow, message: string): NumberedProduct {
  return { row: row.number, cells: {}, fault: { field: 'row', message, code: 'NOT_TAKEN' } };
}

function* withoutVariations(
  row: SystemRow,
  parents: ReadonlyMap<string, Parent>,
): Generator<NumberedProduct> {
  const parent = parents.get(`id:${row.text('id')}`) ?? parents.get(row.text('sku'));
  if (!parent?.first)
    yield rejected(row, 'The variable product has no variation in this file, and so no price.');
}

function* simple(row: SystemRow): Generator<NumberedProduct> {
  const { fields, remarks } = fieldsOf(row);
  const sold = soldOf(row);
  yield* productRows(fields, [{ ...sold, remarks: [...remarks, ...sold.remarks] }], []);
}

function* variation(row: SystemRow, parent: Parent | undefined): Generator<NumberedProduct> {
  if (!parent?.first) {
    yield rejected(
      row,
      `The file has no variable product "${row.text('parent').slice(0, 40)}" for this variation.`,
    );
    return;
  }
  const sold = soldOf(row);
  const own = attributesOf(row);
  const options = new Map(parent.options.map(([name]) => [name, own.get(name) ?? ANY]));
  const first = parent.first.row === row.number;
  const named = { ...sold, options, remarks: [...(first ? parent.remarks : []), ...sold.remarks] };
  const [product] = productRows(
    { ...parent.fields, trackStock: sold.cells.trackStock },
    [named],
    parent.options,
  );
  if (first) {
    // A hidden variation does not hide the product.
    yield {
      ...product!,
      cells: { ...product!.cells, active: parent.fields.active, variantActive: published(row) },
    };
  } else {
    const cells = Object.fromEntries(
      Object.entries(sold.cells).filter(([column]) => column !== 'trackStock'),
    ) as RawProduct;
    yield {
      ...product!,
      cells: {
        ...cells,
        parentSku: parent.first.sku,
        variantActive: published(row),
        options: Object.fromEntries(options),
      },
    };
  }
}

function published(row: SystemRow): boolean {
  return row.text('published') === '1';
}

function skuOf(row: SystemRow) {
  return skuOr(row.cell('sku'), 'woo', row.text('id'));
}

/** A sold item: a simple product or a variation. */
function soldOf(row: SystemRow) {
  const { sku, remarks: ofSku } = skuOf(row);
  const held = row.text('stock');
  const counted = /\d/.test(held);
  const { stock, remarks: ofStock } = openingStock(counted ? row.cell('stock') : undefined);
  const shared =
    held.toLowerCase() === 'parent'
      ? [remark('initialStock', 'Its stock is that of the variable product, and is not imported.')]
      : [];
  const taxClass = row.text('taxclass');
  const ofTax = /^(none|shipping)$/i.test(row.text('taxstatus')) ? [untaxed('WooCommerce')] : [];
  const cells: RawProduct = {
    sku,
    barcode: row.cell(BARCODE),
    price: row.cell('regularprice'),
    trackStock: counted || shared.length > 0,
    taxClass: /^(parent|standard)?$/i.test(taxClass) ? '' : taxClass,
    ...(stock === undefined ? {} : { initialStock: stock }),
  };
  return {
    row: row.number,
    cells,
    options: new Map<string, string>(),
    remarks: [...ofSku, ...ofStock, ...shared, ...ofTax],
    fault: row.fault,
  };
}

function fieldsOf(row: SystemRow): { fields: RawProduct; remarks: FieldError[] } {
  const [category = '', ...others] = listOf(row.text('categories'));
  const [image = '', ...pictures] = listOf(row.text('images'));
  const unescaped = (text: string) => descriptionOf(text.replaceAll('\\n', '\n'));
  const fields: RawProduct = {
    name: row.cell('name'),
    description: unescaped(row.text('description')) || unescaped(row.text('shortdescription')),
    category: /^uncategorized$/i.test(category) ? '' : category,
    brand: listOf(row.text('brands'))[0] ?? '',
    imageUrl: image,
    active: published(row),
  };
  const remarks = [
    ...(others.length > 0
      ? [remark('category', `A product has one category; not imported: ${others.join(', ')}.`)]
      : []),
    ...(pictures.length > 0
      ? [
          remark(
            'imageUrl',
            `One image of ${pictures.length + 1} is imported; add the others to the product.`,
          ),
        ]
      : []),
  ];
  return { fields, remarks };
}

/** The attributes that distinguish a variation. */
function attributesOf(row: SystemRow): Map<string, string> {
  const attributes = new Map<string, string>();
  for (let at = 1; at <= 50; at += 1) {
    const name = row.text(`attribute${at}name`);
    const value = listOf(row.text(`attribute${at}values`))[0] ?? '';
    if (name !== '' && value !== '') attributes.set(name, value);
  }
  return attributes;
}

/** A list separated by commas; a comma inside a value has a backslash before it. */
function listOf(text: string): string[] {
  return text
    .split(/(?<!\\),/)
    .map((part) => part.replaceAll('\\,', ',').trim())
    .filter((part) => part !== '');
}
