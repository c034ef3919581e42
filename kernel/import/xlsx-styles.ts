/** The number formats of a workbook: which cells are dates, and which percentages. */
import type { Archive } from './xlsx-archive';

export type NumberStyle = 'date' | 'percent' | 'number';

const PART = 'xl/styles.xml';
/** Built-in formats of dates and times (ECMA-376, part 1, section 18.8.30, and those of East Asian locales). */
const DATE_FORMATS = [
  [14, 22],
  [27, 36],
  [45, 47],
  [50, 58],
] as const;
const PERCENT_FORMATS: ReadonlySet<number> = new Set([9, 10]);

/** The kind of each cell style, by its number. */
export async function numberStyles(archive: Archive): Promise<readonly NumberStyle[]> {
  const styles: NumberStyle[] = [];
  if (!archive.has(PART)) return styles;
  const own = new Map<number, string>();
  let inCellStyles = false;
  await archive.parseWhole(PART, {
    open: (name, { numFmtId, formatCode }) => {
      if (name === 'numFmt') own.set(Number(numFmtId), formatCode ?? '');
      if (name === 'cellXfs') inCellStyles = true;
      if (name === 'xf' && inCellStyles) styles.push(styleOf(Number(numFmtId ?? 0), own));
    },
    close: (name) => {
      if (name === 'cellXfs') inCellStyles = false;
    },
  });
  return styles;
}

function styleOf(format: number, own: ReadonlyMap<number, string>): NumberStyle {
  const code = own.get(format);
  // Quoted texts, escaped characters, colours and locales in a format are not letters of a date.
  const bare = code?.replace(/"[^"]*"|\\.|_.|\*.|\[(?!h|m|s)[^\]]*\]/gi, '');
  if (PERCENT_FORMATS.has(format) || bare?.includes('%')) return 'percent';
  const isDate =
    bare === undefined
      ? DATE_FORMATS.some(([from, to]) => format >= from && format <= to)
      : /[ymdhs]/i.test(bare);
  return isDate ? 'date' : 'number';
}

const DAY_MS = 86_400_000;
/** Day 0 of a workbook, so that day 61 is 1 March 1900; Excel believes in a 29 February of that year. */
const EPOCH_1900 = Date.UTC(1899, 11, 30);
const EPOCH_1904 = Date.UTC(1904, 0, 1);

/** A serial number as a day, and a time where it has one: "2026-01-31", "2026-01-31 08:30". */
export function dateText(serial: number, from1904: boolean): string {
  const days = !from1904 && serial < 60 ? serial + 1 : serial;
  const moment = new Date(
    (from1904 ? EPOCH_1904 : EPOCH_1900) + Math.round((days * DAY_MS) / 60_000) * 60_000,
  );
  if (Number.isNaN(moment.getTime())) return String(serial);
  const text = moment.toISOString();
  return Number.isInteger(serial) ? text.slice(0, 10) : `${text.slice(0, 10)} ${text.slice(11, 16)}`;
}
