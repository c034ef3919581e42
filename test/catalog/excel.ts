/** What Excel makes of a CSV file that a person opens, looks at and saves, on a computer set to German. */
import { parse } from 'csv-parse/sync';

/** Excel reads these columns as numbers; SKUs and barcodes were imported as text, as docs/IMPORT.md asks for. */
const NUMBERS: ReadonlySet<string> = new Set([
  'price',
  'cost',
  'quantity_places',
  'minimum_age',
  'min_quantity',
]);
const BOOLEANS: Readonly<Record<string, string>> = { true: 'WAHR', false: 'FALSCH' };

/**
 * The file as Excel saves it again: only cells that need quotes have them, lines end with CRLF, a number stands in the format
 * "General", true and false in the language of the computer, and all else as it was.
 * @param kind "CSV UTF-8" has a byte order mark and semicolons, "Unicode Text" is UTF-16 with tabs and quotes cells with a comma, too.
 */
export function savedByExcel(csv: Buffer, kind: 'CSV UTF-8' | 'Unicode Text'): Buffer {
  const [header, ...rows] = parse(csv, { bom: true, delimiter: ';' });
  const saved = [header!, ...rows.map((cells) => cells.map((cell, at) => general(header![at]!, cell)))];
  const [separator, quoted] = kind === 'CSV UTF-8' ? [';', /[;"\n]/] : ['\t', /[\t",\n]/];
  const lines = saved.map((cells) =>
    cells.map((cell) => (quoted.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(separator),
  );
  const text = `\ufeff${lines.join('\r\n')}\r\n`;
  return kind === 'CSV UTF-8' ? Buffer.from(text) : Buffer.from(text, 'utf16le');
}

function general(title: string, cell: string): string {
  if (NUMBERS.has(title)) return /^-?\d+,\d*$/.test(cell) ? cell.replace(/,?0*$/, '') : cell;
  return BOOLEANS[cell] ?? cell;
}
