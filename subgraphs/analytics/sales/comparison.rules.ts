/** The days with which a report is compared. Pure. */

/** The lengths of the periods of a report. */
export type ReportUnit = 'day' | 'week' | 'month' | 'year';

/** First and last day, "YYYY-MM-DD", both inclusive. */
export interface Days {
  readonly from: string;
  readonly to: string;
}

/** Arithmetic on periods, given by orders. */
export interface Calendar {
  periodOf(unit: ReportUnit, day: string): Days;
  shiftPeriod(unit: ReportUnit, period: Days, count: number): Days;
  periodCount(unit: ReportUnit, from: string, to: string): number;
  addDays(day: string, count: number): string;
}

const DAY_MS = 86_400_000;
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
  calendar: Calendar,
  unit: ReportUnit,
  { from, to }: Days,
  { today, compareTo }: { today: string; compareTo: 'previous_period' | 'previous_year' },
): Days {
  const last = calendar.periodOf(unit, to);
  const end = today < last.to && today >= last.from ? today : last.to;
  const count = calendar.periodCount(unit, from, to);
  if (unit === 'day') {
    const days = compareTo === 'previous_year' ? SAME_WEEKDAYS : count;
    return { from: calendar.addDays(from, -days), to: calendar.addDays(end, -days) };
  }
  const shift = compareTo === 'previous_period' ? count : periodsOfYear(unit, from);
  const first = calendar.shiftPeriod(unit, calendar.periodOf(unit, from), -shift);
  const lastBefore = calendar.shiftPeriod(unit, last, -shift);
  if (end === last.to) return { from: first.from, to: lastBefore.to };
  const elapsed = daysBetween(last.from, end);
  const partial = calendar.addDays(lastBefore.from, elapsed);
  return { from: first.from, to: partial < lastBefore.to ? partial : lastBefore.to };
}

/** Number of periods from one to that of the year before with the same number. */
function periodsOfYear(unit: ReportUnit, from: string): number {
  if (unit === 'month') return 12;
  if (unit === 'year') return 1;
  const { year, week } = isoWeek(from);
  const before = weeksOfYear(year - 1);
  // Week 53 is compared with the last week of the year before.
  return week > before ? week : before;
}

/** The ISO 8601 year and number of the week of a day. */
export function isoWeek(day: string): { year: number; week: number } {
  const date = Date.parse(day);
  const weekday = new Date(date).getUTCDay() || 7;
  const thursday = new Date(date + (4 - weekday) * DAY_MS);
  const year = thursday.getUTCFullYear();
  return { year, week: Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * DAY_MS)) + 1 };
}

/** 52 or 53: 28 December is always in the last week of its year. */
export function weeksOfYear(year: number): number {
  const { week } = isoWeek(`${String(year).padStart(4, '0')}-12-28`);
  return week > WEEKS ? week : WEEKS;
}

function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);
}
