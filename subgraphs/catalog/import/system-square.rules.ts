/**
 * Item libraries exported from Square, as CSV or XLSX: a row for each variation, those of an item under one name; each location has
 * columns of its own, such as "Current Quantity Main Street".
 */
import type { NumberedProduct, RawProduct } from './product-columns.rules';
import { cellText } from '#kernel/import/table-file';
import type { SystemRow } from '#kernel/import/system-export';
import {
  openingStock,
  optionsOf,
  productRows,
  skuOr,
  descriptionOf,
  type ProductSystem,
  type SystemVariant,
} from './system-rows.rules';

const QUANTITY = 'current quantity ';
const OPTION = /^option(name|value)(\d{1,2})$/;
const COST = ['defaultunitcost', 'unitcost'];
const CATEGORY = ['categories', 'category', 'reportingcategory'];
const TAKEN: ReadonlySet<string> = new Set([
  'itemname', 'variationname', 'sku', 'gtin', 'price', 'description', 'archived', 'token', ...COST, ...CATEGORY,
]); // prettier-ignore
/** Square allows 250 variations per item. */
const MAX_GROUP = 1_000;
/** Square's name of the only variation of an item. */
const ONLY = 'Regular';

export const square: ProductSystem = {
  name: 'square',
  title: 'Square',
  recognizes: (keys) => keys.has('itemname') && keys.has('variationname'),
  takes: (key) => TAKEN.has(key) || OPTION.test(key) || key.startsWith('currentquantity'),
  prepare: () => Promise.resolve(convert),
};

async function* convert(rows: AsyncIterable<SystemRow>): AsyncGenerator<NumberedProduct> {
  let group: SystemRow[] = [];
  for await (const row of rows) {
    // Two items of one name may follow each other; a repeated variation marks the start of the second.
    const same =
      group[0]?.text('itemname') === row.text('itemname') && !group.some((other) => isTwin(other, row));
    if (!same || group.length >= MAX_GROUP) {
      yield* itemOf(group);
      group = [];
    }
    group.push(row);
  }
  yield* itemOf(group);
}

function isTwin(one: SystemRow, other: SystemRow): boolean {
  const [a, b] = [optionsIn(one), optionsIn(other)];
  return one.text('variationname') === other.text('variationname') && [...a].join() === [...b].join();
}

function itemOf(rows: readonly SystemRow[]): NumberedProduct[] {
  const [first] = rows;
  if (!first) return [];
  const variants = rows.map((row) => variantOf(row, rows.length));
  return productRows(fieldsOf(first), variants, optionsOf(variants));
}

function fieldsOf(row: SystemRow): RawProduct {
  return {
    name: row.cell('itemname'),
    description: descriptionOf(row.text('description')),
    // Several categories are separated by commas; the path of one contains ">".
    category: row
      .text(...CATEGORY)
      .split(',')[0]
      ?.replace(/\s*\([^)]*\)$/, ''),
    active: /^(y|yes|true)$/i.test(row.text('archived')) ? false : '',
  };
}

function optionsIn(row: SystemRow): Map<string, string> {
  const options = new Map<string, string>();
  for (let at = 1; at <= 10; at += 1) {
    const [name, value] = [row.text(`optionname${at}`), row.text(`optionvalue${at}`)];
    if (name !== '' && value !== '') options.set(name, value);
  }
  return options;
}

function variantOf(row: SystemRow, count: number): SystemVariant {
  const variation = row.text('variationname');
  const { sku, remarks: ofSku } = skuOr(
    row.cell('sku'),
    row.text('itemname'),
    variation === ONLY && count === 1 ? '' : variation,
  );
  const places = row.below(QUANTITY).map(({ rest, cell }) => ({ rest, ...openingStock(cell) }));
  // The stock of a single location goes to the caller's branch, that of several to warehouses of the same names.
  const stock = places.map(({ rest, stock: quantity }) => ({
    warehouse: places.length === 1 ? undefined : rest,
    quantity: cellText(quantity),
  }));
  return {
    row: row.number,
    cells: {
      sku,
      barcode: row.cell('gtin'),
      price: row.cell('price'),
      cost: row.cell(...COST),
      variantName: variation === ONLY && count === 1 ? '' : variation,
      ...(stock.length === 0 ? {} : { initialStock: stock }),
    },
    options: optionsIn(row),
    remarks: [...ofSku, ...places.flatMap(({ remarks }) => remarks)],
    fault: row.fault,
  };
}
