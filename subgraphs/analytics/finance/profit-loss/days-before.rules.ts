/** The period with which a report is compared. Pure. */
import { addDays, periodCount, periodOf, shiftPeriod } from '#kernel/periods.rules';
import type { FinanceComparison } from '../../inputs.generated';

/** Days, both inclusive, each "YYYY-MM-DD". */
export interface Days {
  readonly from: string;
  readonly to: string;
}

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
  return { from: addDays(from, -periodCount('day', from, to)), to: addDays(from, -1) };
}

/** The number of calendar months that the days are; undefined if they are not whole ones. */
function wholeMonths({ from, to }: Days): number | undefined {
  if (!from.endsWith('-01') || to !== lastOfMonth(to)) return undefined;
  return periodCount('month', from, to);
}

/** The same day of another month, or its last one if it is shorter. */
function shiftMonths(day: string, count: number): string {
  const { from, to } = shiftPeriod('month', periodOf('month', day), count);
  const same = `${from.slice(0, 'YYYY-MM'.length)}${day.slice('YYYY-MM'.length)}`;
  return same < to ? same : to;
}

function lastOfMonth(day: string): string {
  return periodOf('month', day).to;
}
