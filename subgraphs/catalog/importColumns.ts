/** The columns of an import: how a header row names them, and what stands under them in a row. Pure. */
import type { FieldError } from '../../kernel/errors';
import { cleanName } from './names';

/** The columns of an import, in the graph's names. */
const IMPORT_COLUMNS = [
  'id', 'productId', 'variantId', 'sku', 'barcode', 'barcodes', 'name', 'description', 'price', 'cost', 'taxClass', 'category', 'categoryId',
  'brand', 'brandId', 'unit', 'quantityPlaces', 'active', 'trackStock', 'imageUrl', 'initialStock', 'warehouse',
  'minimumAge', 'parentSku', 'variantName', 'variantActive', 'options', 'productOptions',
] as const; // prettier-ignore

export type ImportColumn = (typeof IMPORT_COLUMNS)[number];

/** Other names under which the columns come, without blanks, signs and case. */
const ALIASES: Readonly<Record<string, ImportColumn>> = {
  stockcode: 'sku', itemcode: 'sku', articlenumber: 'sku', ean: 'barcode', upc: 'barcode', gtin: 'barcode', title: 'name',
  productname: 'name', unitprice: 'price', sellingprice: 'price', unitcost: 'cost', costprice: 'cost', purchaseprice: 'cost', tax: 'taxClass',
  taxcode: 'taxClass', vat: 'taxClass', categorypath: 'category', manufacturer: 'brand', stock: 'initialStock', openingstock: 'initialStock',
  warehouseid: 'warehouse', warehousecode: 'warehouse', image: 'imageUrl', unitofmeasure: 'unit', uom: 'unit', age: 'minimumAge', parent: 'parentSku',
}; // prettier-ignore

const COLUMNS_BY_KEY = new Map<string, ImportColumn>([
  ...IMPORT_COLUMNS.map((column): [string, ImportColumn] => [column.toLowerCase(), column]),
  ...Object.entries(ALIASES),
]);

/** What the header row says: which column stands where, and which are not known. */
export interface ImportHeader {
  /** By place in the row; undefined for one that is passed over. */
  readonly columns: readonly (ImportColumn | undefined)[];
  /** For the report, as texts. */
  readonly warnings: readonly string[];
}

/** Reads a header row. Names match whatever their case and signs: "Tax Class", "tax_class" and "taxClass" are one. */
export function readHeader(cells: readonly string[]): ImportHeader {
  const seen = new Set<ImportColumn>();
  const warnings: string[] = [];
  const columns = cells.map((cell) => {
    const title = cleanName(cell);
    const column = COLUMNS_BY_KEY.get(title.toLowerCase().replace(/[^\p{L}\p{N}]/gu, ''));
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
export type RawRow = Partial<Record<ImportColumn, unknown>>;

/** A row of a file with its number as a spreadsheet counts, or an item of a JSON body, counted from 1. */
export interface NumberedRow {
  readonly row: number;
  readonly cells: RawRow;
  /** A fault of the row as a whole, such as too many cells. */
  readonly fault?: FieldError;
}

/** Puts the cells of a line under their columns. Cells that are missing at the end of a line are empty. */
export function cellsOf(header: ImportHeader, cells: readonly string[]): { cells: RawRow; fault?: FieldError } {
  const extra = cells.slice(header.columns.length).filter((cell) => cell.trim() !== '').length;
  const raw: RawRow = {};
  header.columns.forEach((column, index) => {
    if (column) raw[column] = cells[index];
  });
  if (extra === 0) return { cells: raw };
  // Which cell is too many cannot be known, so none of them can be trusted.
  const message = `The row has ${cells.length} cells, the header has ${header.columns.length}. Is a comma missing its quotes?`;
  return { cells: raw, fault: { field: 'row', message, code: 'COLUMNS' } };
}
