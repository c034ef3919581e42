/** The period with which a report is compared. Pure. */
import type { FinanceComparison } from '../../inputs.generated';

/** Days, both inclusive, each "YYYY-MM-DD". */
export interface Days {
  readonly from: string;
  readonly to: string;
}

const DAY_MS = 86_400_000;
const MONTHS_OF_YEAR = 12;

/**
 * The compared days; undefined for none.
 *
 * @example
 * comparedDays({ from: '2026-02-01', to: '2026-02-28' }, 'previous_period') // { from: '2026-01-01', to: '2026-01-31' }
 * comparedDays({ from: '2026-02-09', to: '2026-02-15' }, 'previous_period') // { from: '2026-02-02', to: '2026-02-08' }
 */
export function comparedDays({ from, to }: Days, comparison: FinanceComparison): Days | undefined {
  if (comparison === 'none') return undefined;
  const months = wholeMonths({ from, to });
  if (comparison === 'previous_year') {
    const before = { from: shiftMonths(from, -MONTHS_OF_YEAR), to: shiftMonths(to, -MONTHS_OF_YEAR) };
    return months === undefined ? before : { ...before, to: lastOfMonth(before.to) };
  }
  if (months !== undefined)
    return { from: shiftMonths(from, -months), to: lastOfMonth(shiftMonths(from, -1)) };
  const length = (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
  return { from: shiftDays(from, -length), to: shiftDays(from, -1) };
}

/** The number of calendar months that the days are; undefined if they are not whole ones. */
function wholeMonths({ from, to }: Days): number | undefined {
  if (!from.endsWith('-01') || to !== lastOfMonth(to)) return undefined;
  return monthNumber(to) - monthNumber(from) + 1;
}

function shiftDays(day: string, count: number): string {
  return new Date(Date.parse(day) + count * DAY_MS).toISOString().slice(0, 'YYYY-MM-DD'.length);
}

/** The same day of another month, or its last one if it is shorter. */
function shiftMonths(day: string, count: number): string {
  const month = monthNumber(day) + count;
  const first = `${String(Math.floor(month / MONTHS_OF_YEAR)).padStart(4, '0')}-${String((month % MONTHS_OF_YEAR) + 1).padStart(2, '0')}-01`;
  const last = lastOfMonth(first);
  const same = `${first.slice(0, 'YYYY-MM'.length)}${day.slice('YYYY-MM'.length)}`;
  return same < last ? same : last;
}

function lastOfMonth(day: string): string {
  return new Date(Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)), 0))
    .toISOString()
    .slice(0, 'YYYY-MM-DD'.length);
}

/** Months since January of the year 0. */
function monthNumber(day: string): number {
  return Number(day.slice(0, 4)) * MONTHS_OF_YEAR + Number(day.slice(5, 7)) - 1;
}
