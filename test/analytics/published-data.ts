/** Data of published papers, beside the repository: CDNOW, ausbeer and AirPassengers. Tests of them are skipped where it is missing. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const FOLDER = path.resolve(__dirname, '../../../shared/data');

/** Whether the data is there. In the pipeline it must be. */
export const available =
  existsSync(path.join(FOLDER, 'cdnow')) && existsSync(path.join(FOLDER, 'series.json'));

/** One purchase day of a customer. */
export interface PurchaseDay {
  customer: string;
  /** "YYYY-MM-DD" */
  day: string;
  amount: number;
}

/** Purchases of CDNOW's customers, those of one day added up. */
export function purchaseDays(): PurchaseDay[] {
  const days = new Map<string, PurchaseDay>();
  for (const line of readFileSync(path.join(FOLDER, 'cdnow/CDNOW_sample.txt'), 'utf8').trim().split('\n')) {
    const [, customer, date, , amount] = line.trim().split(/\s+/) as [string, string, string, string, string];
    const day = date.replace(/(\d{4})(\d\d)(\d\d)/, '$1-$2-$3');
    const key = `${customer} ${day}`;
    const cents = Math.round(Number(amount) * 100) + Math.round((days.get(key)?.amount ?? 0) * 100);
    days.set(key, { customer, day, amount: cents / 100 });
  }
  return [...days.values()];
}

/** Histories of CDNOW's customers over 39 weeks. */
export function histories(): { x: number; tx: number; t: number }[] {
  const rows = readFileSync(path.join(FOLDER, 'cdnow/cdnow_customers_summary.csv'), 'utf8')
    .trim()
    .split('\n');
  return rows.slice(1).map((row) => {
    const [, x, tx, t] = row.split(',').map(Number) as [number, number, number, number];
    return { x, tx, t };
  });
}

/** A published series. */
export function series(name: 'ausbeer' | 'airPassengers'): number[] {
  const all = JSON.parse(readFileSync(path.join(FOLDER, 'series.json'), 'utf8')) as Record<
    string,
    { values: number[] }
  >;
  return all[name]!.values;
}
