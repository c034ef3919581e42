/** The columns of an import: how a header row names them, and what stands under them in a row. Pure. */
import type { FieldError } from '../../kernel/errors';
import { plainText } from './cellTexts';
import { cleanName } from './names';
import { cellText, type CellValue } from './table-file';

/** The columns that an import knows, by their names without blanks, signs and case. */
export type ColumnNames<Column extends string> = ReadonlyMap<string, Column>;

/** @param aliases other names under which the columns come. */
function columnNames<Column extends string>(
  columns: readonly Column[],
  aliases: Readonly<Record<string, Column>>,
): ColumnNames<Column> {
  return new Map([...columns.map((column): [string, Column] => [column.toLowerCase(), column]), ...Object.entries(aliases)]);
}

/** A title as it is compared: "Tax Class", "tax_class" and "taxClass" are one. */
export function titleKey(title: string): string {
  return plainText(title)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}

/** The columns of an import of products, in the graph's names. */
const PRODUCT_COLUMN_LIST = [
  'id', 'productId', 'variantId', 'sku', 'barcode', 'barcodes', 'name', 'description', 'price', 'cost', 'taxClass', 'category', 'categoryId',
  'brand', 'brandId', 'unit', 'quantityPlaces', 'active', 'trackStock', 'imageUrl', 'initialStock', 'warehouse',
  'minimumAge', 'parentSku', 'variantName', 'variantActive', 'options', 'productOptions',
] as const; // prettier-ignore

export type ImportColumn = (typeof PRODUCT_COLUMN_LIST)[number];

/** Other names under which the columns come, without blanks, signs and case. */
const ALIASES: Readonly<Record<string, ImportColumn>> = {
  stockcode: 'sku', itemcode: 'sku', articlenumber: 'sku', ean: 'barcode', upc: 'barcode', gtin: 'barcode', title: 'name',
  productname: 'name', unitprice: 'price', sellingprice: 'price', unitcost: 'cost', costprice: 'cost', purchaseprice: 'cost', tax: 'taxClass',
  taxcode: 'taxClass', vat: 'taxClass', categorypath: 'category', manufacturer: 'brand', stock: 'initialStock', openingstock: 'initialStock',
  warehouseid: 'warehouse', warehousecode: 'warehouse', image: 'imageUrl', unitofmeasure: 'unit', uom: 'unit', age: 'minimumAge', parent: 'parentSku',
}; // prettier-ignore

export const PRODUCT_COLUMNS: ColumnNames<ImportColumn> = columnNames(PRODUCT_COLUMN_LIST, ALIASES);

/** The columns of a price list; `id` is that of the price itself, which an export has and an import passes over. */
const PRICE_LIST_COLUMN_LIST = ['id', 'variantId', 'sku', 'barcode', 'minQuantity', 'price'] as const;

export type PriceListColumn = (typeof PRICE_LIST_COLUMN_LIST)[number];

export const PRICE_LIST_COLUMNS: ColumnNames<PriceListColumn> = columnNames(PRICE_LIST_COLUMN_LIST, {
  stockcode: 'sku', itemcode: 'sku', articlenumber: 'sku', ean: 'barcode', upc: 'barcode', gtin: 'barcode', unitprice: 'price',
  sellingprice: 'price', fromquantity: 'minQuantity',
}); // prettier-ignore

/** What the header row says: which column stands where, and which are not known. */
export interface ImportHeader<Column extends string = ImportColumn> {
  /** By place in the row; undefined for one that is passed over. */
  readonly columns: readonly (Column | undefined)[];
  /** For the report, as texts. */
  readonly warnings: readonly string[];
}

export function readHeader(cells: readonly string[]): ImportHeader;
export function readHeader<Column extends string>(cells: readonly string[], names: ColumnNames<Column>): ImportHeader<Column>;
/** Reads a header row. Names match whatever their case and signs. */
export function readHeader(cells: readonly string[], names: ColumnNames<string> = PRODUCT_COLUMNS): ImportHeader<string> {
  const seen = new Set<string>();
  const warnings: string[] = [];
  const columns = cells.map((cell) => {
    const title = cleanName(plainText(cell));
    const column = names.get(titleKey(title));
    if (title === '') return undefined;
    if (!column) warnings.push(`The column "${title.slice(0, 80)}" is not known and was passed over.`);
    else if (seen.has(column)) warnings.push(`The column "${title.slice(0, 80)}" stands there twice; the first one counts.`);
    else {
      seen.add(column);
      return column;
    }
    return undefined;
  });
  return { columns, warnings };
}

/** A row as it came: values by column. Undefined and "" mean that nothing is said about the column. */
export type RawRow<Column extends string = ImportColumn> = Partial<Record<Column, unknown>>;

/** A row of a file with its number as a spreadsheet counts, or an item of a JSON body, counted from 1. */
export interface NumberedRow<Column extends string = ImportColumn> {
  readonly row: number;
  readonly cells: RawRow<Column>;
  /** A fault of the row as a whole, such as too many cells. */
  readonly fault?: FieldError;
  /** What was left out of the row, such as a second category where one is kept. */
  readonly remarks?: readonly FieldError[];
  /** Whether it comes of another system, whose tax classes and warehouses need not be ours. */
  readonly fromSystem?: boolean;
}

/** Puts the cells of a line under their columns. Cells that are missing at the end of a line are empty. */
export function cellsOf<Column extends string>(
  header: ImportHeader<Column>,
  cells: readonly CellValue[],
): { cells: RawRow<Column>; fault?: FieldError } {
  const raw: RawRow<Column> = {};
  header.columns.forEach((column, index) => {
    if (column) raw[column] = cells[index];
  });
  const fault = excessOf(header.columns.length, cells);
  return fault ? { cells: raw, fault } : { cells: raw };
}

/** The fault of a row that has more cells than the header. */
export function excessOf(columns: number, cells: readonly CellValue[]): FieldError | undefined {
  const extra = cells.slice(columns).filter((cell) => cellText(cell).trim() !== '').length;
  if (extra === 0) return undefined;
  // Which cell is too many cannot be known, so none of them can be trusted.
  const message = `The row has ${cells.length} cells, the header has ${columns}. Is a comma missing its quotes?`;
  return { field: 'row', message, code: 'COLUMNS' };
}
