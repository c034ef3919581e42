/** Product exports of other systems, taken as they come: which system a header row is of, and its rows in our columns. */
import { titleKey, type NumberedRow } from './importColumns';
import { odoo } from './system-odoo';
import { shopify } from './system-shopify';
import { square } from './system-square';
import { SystemRow, type ProductSystem } from './system-rows';
import { woocommerce } from './system-woocommerce';
import type { TableFile } from './table-file';

const SYSTEMS: readonly ProductSystem[] = [shopify, woocommerce, square, odoo];

/** An export that was recognized. */
export interface SystemExport {
  /** As the report names it: "shopify". */
  readonly name: string;
  readonly title: string;
  /** What is not taken, a line for each column. */
  readonly notTaken: readonly string[];
  /** Its products in our columns, a row for each variant, the first of a product before the others. */
  readonly rows: () => AsyncIterable<NumberedRow>;
}

/** Recognizes an export by its header; undefined for any other file. */
export async function openSystemExport(file: TableFile): Promise<SystemExport | undefined> {
  const keys = file.header.map(titleKey);
  const has = new Set(keys);
  const system = SYSTEMS.find((one) => one.recognizes(has));
  if (!system) return undefined;
  const rowsOfFile = async function* (): AsyncGenerator<SystemRow> {
    for await (const row of file.rows()) yield new SystemRow(row, keys, file.header);
  };
  const convert = await system.prepare(rowsOfFile);
  const notTaken = file.header.flatMap((title, at) => {
    const key = keys[at]!;
    if (key === '' || system.takes(key)) return [];
    const reason = system.reasons?.[key];
    return `The column "${title.slice(0, 80)}" is not taken${reason === undefined ? '' : `: ${reason}`}.`;
  });
  return { name: system.name, title: system.title, notTaken, rows: () => convert(rowsOfFile()) };
}
