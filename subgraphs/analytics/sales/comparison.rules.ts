/** The days with which a report is compared. Pure. */
import { addDays, periodCount, periodOf, shiftPeriod, type PeriodUnit } from '#kernel/periods.rules';

/** First and last day, "YYYY-MM-DD", both inclusive. */
export interface Days {
  readonly from: string;
  readonly to: string;
}

/** 52 weeks: the same weekdays a year before. */
const SAME_WEEKDAYS = 364;
const WEEKS = 52;

/**
 * The days before that are comparable with the periods from `from` to `to`. Of a last period that has not ended, `today` being in it, only
 * as many days are compared as it has had.
 *
 * `previous_year` shifts days by 364, so that weekdays meet the same weekdays, weeks by their ISO number, and months and years by the
 * calendar.
 */
export function comparedDays(
  unit: PeriodUnit,
  { from, to }: Days,
  { today, compareTo }: { today: string; compareTo: 'previous_period' | 'previous_year' },
): Days {
  const last = periodOf(unit, to);
  const end = today < last.to && today >= last.from ? today : last.to;
  const count = periodCount(unit, from, to);
  if (unit === 'day') {
    const days = compareTo === 'previous_year' ? SAME_WEEKDAYS : count;
    return { from: addDays(from, -days), to: addDays(end, -days) };
  }
  const shift = compareTo === 'previous_period' ? count : periodsOfYear(unit, from);
  const first = shiftPeriod(unit, periodOf(unit, from), -shift);
  const lastBefore = shiftPeriod(unit, last, -shift);
  if (end === last.to) return { from: first.from, to: lastBefore.to };
  const elapsed = periodCount('day', last.from, end) - 1;
  const partial = addDays(lastBefore.from, elapsed);
  return { from: first.from, to: partial < lastBefore.to ? partial : lastBefore.to };
}

/** Number of periods from one to that of the year before with the same number. */
function periodsOfYear(unit: PeriodUnit, from: string): number {
  if (unit === 'month') return 12;
  if (unit === 'year') return 1;
  const { year, week } = isoWeek(from);
  const before = weeksOfYear(year - 1);
  // Week 53 is compared with the last week of the year before.
  return week > before ? week : before;
}

/** The ISO 8601 year and number of the week of a day. */
export function isoWeek(day: string): { year: number; week: number } {
  const [year, week] = periodOf('week', day).name.split('-W').map(Number);
  return { year: year!, week: week! };
}

/** 52 or 53: 28 December is always in the last week of its year. */
export function weeksOfYear(year: number): number {
  const { week } = isoWeek(`${String(year).padStart(4, '0')}-12-28`);
  return week > WEEKS ? week : WEEKS;
}
