/** What people write into the cells of a spreadsheet. Pure. */
import { type Decimal, parseDecimal } from '../../kernel/decimal';

/** Words for yes and no, as people write them into spreadsheets. */
const FLAGS: Readonly<Record<string, boolean>> = {
  true: true, yes: true, y: true, '1': true, active: true, x: true, on: true,
  false: false, no: false, n: false, '0': false, inactive: false, off: false,
}; // prettier-ignore

/** What a cell says of yes or no; undefined where it says neither. */
export function readFlag(text: string): boolean | undefined {
  return FLAGS[text.toLowerCase()];
}

/** Our own CSV puts an apostrophe before what a spreadsheet would take for a formula; on its way back it is taken off again. */
export function undefused(text: string): string {
  return /^'[=+\-@]/.test(text) ? text.slice(1) : text;
}

/**
 * A number as people write it: "2.55", "1,234.50", "£2.55", and, where the file is one of those whose cells are separated by
 * semicolons, "2,55" and "1.234,50".
 */
export function readAmount(text: string, decimalComma: boolean): Decimal | undefined {
  const bare = text.replace(/^\p{Sc}\s*|\s*\p{Sc}$|[\u00a0\u202f']/gu, '');
  const point = decimalComma && bare.includes(',') ? swapped(bare) : bare;
  const plain = /^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(point) ? point.replaceAll(',', '') : point;
  return parseDecimal(plain);
}

/** "1.234,50" → "1,234.50". */
function swapped(text: string): string {
  return text.replace(/[.,]/g, (sign) => (sign === ',' ? '.' : ','));
}
