/** Days, ISO 8601 weeks, months and years as ranges of business days, each "YYYY-MM-DD". Pure. */

/** The lengths of periods; PostgreSQL's date_trunc has the same names. */
export type PeriodUnit = 'day' | 'week' | 'month' | 'year';

/** One day, week, month or year. */
export interface Period {
  /** "2026-11-26", "2026-W48", "2026-11" or "2026". */
  readonly name: string;
  /** First and last day, both inclusive. */
  readonly from: string;
  readonly to: string;
}

const DAY_MS = 86_400_000;
const WEEK_DAYS = 7;
/** Length in months. */
const MONTHS: Partial<Record<PeriodUnit, number>> = { month: 1, year: 12 };

/** The period that contains a day. */
export function periodOf(unit: PeriodUnit, day: string): Period {
  const from = firstDay(unit, day);
  const to = addDays(firstDayAfter(unit, from), -1);
  return { name: nameOf(unit, from), from, to };
}

/** The period that is so many periods later, or earlier if the number is negative. */
export function shiftPeriod(unit: PeriodUnit, { from }: Period, count: number): Period {
  const months = MONTHS[unit];
  if (months !== undefined) return periodOf(unit, addMonths(from, count * months));
  return periodOf(unit, addDays(from, count * (unit === 'week' ? WEEK_DAYS : 1)));
}

/** The periods from that of the first day to that of the last day, in order. */
export function periodsBetween(unit: PeriodUnit, from: string, to: string): Period[] {
  const first = periodOf(unit, from);
  // By number: the days after 9999-12-31 do not sort behind it as texts.
  return Array.from({ length: periodCount(unit, from, to) }, (_, index) => shiftPeriod(unit, first, index));
}

/** Number of periods between two days, without listing them. */
export function periodCount(unit: PeriodUnit, from: string, to: string): number {
  const [first, last] = [firstDay(unit, from), firstDay(unit, to)];
  const months = MONTHS[unit];
  if (months !== undefined) return (monthNumber(last) - monthNumber(first)) / months + 1;
  return (Date.parse(last) - Date.parse(first)) / (DAY_MS * (unit === 'week' ? WEEK_DAYS : 1)) + 1;
}

function firstDay(unit: PeriodUnit, day: string): string {
  if (unit === 'year') return `${day.slice(0, 4)}-01-01`;
  if (unit === 'month') return `${day.slice(0, 7)}-01`;
  return unit === 'week' ? addDays(day, 1 - isoWeekday(day)) : day;
}

function firstDayAfter(unit: PeriodUnit, from: string): string {
  const months = MONTHS[unit];
  if (months !== undefined) return addMonths(from, months);
  return addDays(from, unit === 'week' ? WEEK_DAYS : 1);
}

function nameOf(unit: PeriodUnit, from: string): string {
  if (unit === 'day') return from;
  if (unit === 'year') return from.slice(0, 4);
  if (unit === 'month') return from.slice(0, 7);
  // The year of a week is that of its Thursday.
  const thursday = addDays(from, 3);
  const year = thursday.slice(0, 4);
  const week = Math.floor((Date.parse(thursday) - Date.parse(`${year}-01-01`)) / (WEEK_DAYS * DAY_MS)) + 1;
  return `${year}-W${String(week).padStart(2, '0')}`;
}

/** 1 is Monday, 7 is Sunday. */
export function isoWeekday(day: string): number {
  return new Date(day).getUTCDay() || WEEK_DAYS;
}

/** The day so many days later. */
export function addDays(day: string, count: number): string {
  return new Date(Date.parse(day) + count * DAY_MS).toISOString().slice(0, 10);
}

/** @param first the first day of a month. */
function addMonths(first: string, count: number): string {
  const month = monthNumber(first) + count;
  return `${String(Math.floor(month / 12)).padStart(4, '0')}-${String((month % 12) + 1).padStart(2, '0')}-01`;
}

/** Months since January of the year 0. */
function monthNumber(day: string): number {
  return Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1;
}
