/**
 * Product exports of Odoo, of templates (product.template) and of variants (product.product), with the labels of the fields or their
 * technical names. Lines below a template with only attributes or variants belong to it.
 */
import type { NumberedProduct, RawProduct } from './product-columns.rules';
import { remark, type SystemRow } from '#kernel/import/system-export';
import {
  openingStock,
  optionsOf,
  productRows,
  skuOr,
  descriptionOf,
  type ProductSystem,
  type SystemVariant,
} from './system-rows.rules';

const NAME = ['name', 'productname'];
const ID = ['id', 'externalid'];
const SKU = ['defaultcode', 'internalreference'];
const PRICE = ['listprice', 'lstprice', 'salesprice', 'saleprice'];
const COST = ['standardprice', 'cost'];
const CATEGORY = [
  'categid',
  'categidcompletename',
  'categidname',
  'productcategory',
  'productcategorycompletename',
  'productcategoryname',
];
const UNIT = ['uomid', 'uomidname', 'unitofmeasure', 'unit'];
const TYPE = ['type', 'detailedtype', 'producttype'];
const TRACKED = ['isstorable', 'trackinventory'];
const QUANTITY = ['qtyavailable', 'quantityonhand'];
const DESCRIPTION = ['descriptionsale', 'salesdescription', 'description'];
const TAX = ['taxesid', 'taxesidname', 'customertaxes', 'customertaxestaxname', 'salestaxes'];
const TEMPLATE = [
  'producttmplidid',
  'producttmplid',
  'producttmplidname',
  'producttemplateexternalid',
  'producttemplate',
  'producttemplatename',
];
const VALUES = [
  'producttemplatevariantvalueids',
  'producttemplateattributevalueids',
  'variantvalues',
  'attributevalues',
];
const ATTRIBUTE = [
  'attributelineidsattributeid',
  'attributelineidsattributeidname',
  'productattributesattribute',
  'productattributesattributename',
];
const ATTRIBUTE_VALUES = [
  'attributelineidsvalueids',
  'attributelineidsvalueidsname',
  'productattributesvalues',
  'productattributesvaluesname',
];
/** Columns of a variant below its template: the same fields after the name of the relation. */
const below = (keys: readonly string[]) =>
  keys.flatMap((key) => [
    `productvariantids${key}`,
    `products${key}`,
    `variants${key}`,
    `productvariants${key}`,
  ]);
const VARIANT_SKU = below(SKU);
const VARIANT_BARCODE = below(['barcode']);
const VARIANT_PRICE = below(PRICE);
const VARIANT_VALUES = below(VALUES);
const VARIANT_QUANTITY = below(QUANTITY);

const TAKEN: ReadonlySet<string> = new Set([
  ...NAME, ...ID, ...SKU, ...PRICE, ...COST, ...CATEGORY, ...UNIT, ...TYPE, ...TRACKED, ...QUANTITY, ...DESCRIPTION, ...TAX, ...TEMPLATE,
  ...VALUES, ...ATTRIBUTE, ...ATTRIBUTE_VALUES, ...VARIANT_SKU, ...VARIANT_BARCODE, ...VARIANT_PRICE, ...VARIANT_VALUES,
  ...VARIANT_QUANTITY, 'barcode', 'active',
]); // prettier-ignore

const MAX_GROUP = 2_000;
/** Templates name attributes, not variants; no shop sells more combinations. */
const MAX_COMBINATIONS = 200;

/** Reasons why columns are ignored, by key. */
const REASONS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    weight: 'products have no weight of their own',
    volume: 'products have no volume of their own',
  }),
);

export const odoo: ProductSystem = {
  name: 'odoo',
  title: 'Odoo',
  recognizes: (keys) =>
    NAME.some((key) => keys.has(key)) &&
    [...SKU, ...VARIANT_SKU].some((key) => keys.has(key)) &&
    [...PRICE, ...COST, ...CATEGORY, ...TYPE].some((key) => keys.has(key)),
  takes: (key) => TAKEN.has(key),
  reasonFor: (key) => REASONS.get(key),
  prepare: () => Promise.resolve(convert),
};

async function* convert(rows: AsyncIterable<SystemRow>): AsyncGenerator<NumberedProduct> {
  let group: SystemRow[] = [];
  for await (const row of rows) {
    const [head] = group;
    const continues = head !== undefined && (isContinued(row) || isSibling(head, row));
    if (!continues || group.length >= MAX_GROUP) {
      yield* productOf(group);
      group = [];
    }
    group.push(row);
  }
  yield* productOf(group);
}

/** A line that only continues the lists of its template. */
function isContinued(row: SystemRow): boolean {
  return row.cell(...NAME, ...ID, ...SKU) === undefined;
}

/** Another variant of the same template, in an export of variants. */
function isSibling(head: SystemRow, row: SystemRow): boolean {
  const template = (one: SystemRow) => one.text(...TEMPLATE) || one.text(...NAME);
  return (
    head.cell(...VALUES) !== undefined &&
    row.cell(...VALUES) !== undefined &&
    template(head) === template(row)
  );
}

function productOf(rows: readonly SystemRow[]): NumberedProduct[] {
  const [head] = rows;
  if (!head) return [];
  const variants = variantsOf(head, rows);
  return productRows(fieldsOf(head), variants, optionsOf(variants));
}

function variantsOf(head: SystemRow, rows: readonly SystemRow[]): SystemVariant[] {
  if (head.cell(...VALUES) !== undefined)
    return rows.map((row) => variantOf(row, row, valuesOf(row.text(...VALUES))));
  const listed = rows.filter(
    (row) => row.cell(...VARIANT_SKU, ...VARIANT_BARCODE, ...VARIANT_VALUES) !== undefined,
  );
  if (listed.length > 0)
    return listed.map((row) => variantOf(row, head, valuesOf(row.text(...VARIANT_VALUES))));
  const combinations = combinationsOf(rows);
  if (combinations.length <= 1) return [variantOf(head, head, new Map())];
  return combinations.map((options) => combined(head, options));
}

/** "Legs: Steel, Color: White" */
function valuesOf(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const part of text.split(',')) {
    const [name, value] = part.split(/:(.*)/s);
    if (name !== undefined && value !== undefined && value.trim() !== '')
      values.set(name.trim(), value.trim());
  }
  return values;
}

/** All combinations of a template's attributes, as Odoo makes its variants. */
function combinationsOf(rows: readonly SystemRow[]): Map<string, string>[] {
  let all = [new Map<string, string>()];
  for (const row of rows) {
    const name = row.text(...ATTRIBUTE);
    const values = row
      .text(...ATTRIBUTE_VALUES)
      .split(',')
      .map((value) => value.replace(`${name}:`, '').trim())
      .filter(Boolean);
    if (name === '' || values.length === 0) continue;
    all = all.flatMap((one) => values.map((value) => new Map([...one, [name, value]])));
    if (all.length > MAX_COMBINATIONS) return [];
  }
  return all;
}

function combined(head: SystemRow, options: Map<string, string>): SystemVariant {
  const known = head.text(...SKU) || head.text(...ID) || head.text(...NAME);
  const { sku } = skuOr(undefined, known, ...options.values());
  const cells = { sku, price: head.cell(...PRICE), cost: head.cell(...COST) };
  const message = `Made of the attributes of the template, which do not name its SKU, barcode, stock and surcharge: "${sku as string}" at the template's price. Export the product variants of Odoo to have them.`;
  return { row: head.number, cells, options, remarks: [remark('options', message)], fault: head.fault };
}

/** @param head the row with the fields of the template. */
function variantOf(row: SystemRow, head: SystemRow, options: ReadonlyMap<string, string>): SystemVariant {
  const own = row.cell(...VARIANT_SKU) ?? row.cell(...SKU);
  const { sku, remarks } = skuOr(own, head.text(...ID) || head.text(...NAME), ...options.values());
  const { stock, remarks: ofStock } = openingStock(row.cell(...VARIANT_QUANTITY, ...QUANTITY));
  return {
    row: row.number,
    cells: {
      sku,
      barcode: row.cell(...VARIANT_BARCODE, 'barcode'),
      price: row.cell(...VARIANT_PRICE, ...PRICE) ?? head.cell(...PRICE),
      cost: row.cell(...COST) ?? head.cell(...COST),
      ...(stock === undefined ? {} : { initialStock: stock }),
    },
    options,
    remarks: [...remarks, ...ofStock],
    fault: row.fault,
  };
}

/** Odoo's names of a piece. */
const PIECES = /^(units?|unit\(s\)|dozens?)$/i;

function fieldsOf(row: SystemRow): RawProduct {
  const service = /service/i.test(row.text(...TYPE));
  const unit = row.text(...UNIT);
  // "All / Saleable / Office": the root contains everything, and so means nothing.
  const category = row
    .text(...CATEGORY)
    .split('/')
    .map((part) => part.trim())
    .filter((part) => part !== 'All');
  return {
    name: row.cell(...NAME),
    description: descriptionOf(row.text(...DESCRIPTION)),
    category: category.join(' > '),
    active: row.cell('active'),
    trackStock: service ? false : row.cell(...TRACKED),
    taxClass: row
      .text(...TAX)
      .split(',')[0]
      ?.trim(),
    ...(unit === '' || PIECES.test(unit) ? {} : { unit }),
  };
}
