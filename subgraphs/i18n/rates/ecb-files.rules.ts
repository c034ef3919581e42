/** Files of reference rates of the European Central Bank: eurofxref as CSV, with a column for each currency, and as XML. Pure. */
import { plainText } from '#kernel/import/cell-texts.rules';
import type { NumberedRow } from '#kernel/import/import-columns.rules';
import type { ExportSystem, SystemRow } from '#kernel/import/system-export';
import type { XmlFormat } from '#kernel/import/xml-file';
import type { RateColumn } from './rate-columns.rules';

/** The source of rows from these files, as a cell. */
const ECB = 'ecb';
const CODE = /^[a-z]{3}$/;
/** A day without a rate for a currency. */
const MISSING = /^(n\/?a|-)?$/i;

/** The days of the daily file: "13 August 2026". */
const MONTHS = [
  'january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october', 'november', 'december',
]; // prettier-ignore

/**
 * A day as these files write it: "2026-08-13" in the history, "13 August 2026" in the daily file.
 *
 * @example
 * isoDay('13 August 2026') // '2026-08-13'
 */
export function isoDay(text: string): string {
  const match = /^(\d{1,2}) (\p{L}+) (\d{4})$/u.exec(text.trim());
  const month = match ? MONTHS.indexOf(match[2]!.toLowerCase()) : -1;
  if (!match || month < 0) return text.trim();
  return `${match[3]}-${String(month + 1).padStart(2, '0')}-${match[1]!.padStart(2, '0')}`;
}

/** Rates as the European Central Bank publishes them in CSV: a row for each day, a column for each currency. */
export const ecbCsv: ExportSystem<RateColumn> = {
  name: ECB,
  title: 'the European Central Bank',
  recognizes: (keys) => keys.has('date') && [...keys].filter((key) => CODE.test(key)).length >= 2,
  takes: (key) => key === 'date' || CODE.test(key),
  prepare: () => Promise.resolve(unfold),
};

async function* unfold(rows: AsyncIterable<SystemRow>): AsyncGenerator<NumberedRow<RateColumn>> {
  for await (const row of rows) {
    const date = isoDay(row.text('date'));
    for (const { key, text } of row.filled(CODE)) {
      const rate = plainText(text);
      if (MISSING.test(rate)) continue;
      const cells = { base: 'EUR', currency: key.toUpperCase(), date, rate, source: ECB };
      yield { row: row.number, cells, ...(row.fault && { fault: row.fault }) };
    }
  }
}

/** Rates as the European Central Bank publishes them in XML: a `Cube` for each day, and in it one for each currency. */
export const ECB_XML: XmlFormat = {
  name: ECB,
  root: 'Envelope',
  header: ['base', 'currency', 'date', 'rate', 'source'],
  reader(emit) {
    let date = '';
    let row = 0;
    return {
      open(name, { time, currency, rate }) {
        if (name !== 'Cube') return;
        if (time !== undefined) date = time;
        if (currency === undefined || rate === undefined) return;
        row += 1;
        emit({ row, cells: ['EUR', currency, date, rate, ECB] });
      },
    };
  },
};
