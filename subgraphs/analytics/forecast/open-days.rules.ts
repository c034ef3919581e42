/** The days on which a shop is open, by its past. Pure. */
import { isoWeekday } from '#kernel/periods.rules';

/** Net sales of one business day. */
export interface DaySales {
  /** "YYYY-MM-DD" */
  readonly day: string;
  readonly value: number;
}

const WEEK_DAYS = 7;
/** Weeks that decide whether a weekday is closed. */
const WEEKS = 8;

/** Weekdays without sales in all of the last eight weeks; none for a past that is shorter than two weeks. */
export function closedWeekdays(days: readonly DaySales[]): number[] {
  if (days.length < 2 * WEEK_DAYS) return [];
  const open = new Set(
    days
      .slice(-WEEKS * WEEK_DAYS)
      .filter(({ value }) => value !== 0)
      .map(({ day }) => isoWeekday(day)),
  );
  return [1, 2, 3, 4, 5, 6, 7].filter((weekday) => !open.has(weekday));
}

/**
 * The values of the open days, so that each week has the same number of them. A day without sales on an open weekday, such as a holiday,
 * has the average of the same weekday before and after: it says nothing about other weeks.
 */
export function openValues(days: readonly DaySales[], closed: readonly number[]): number[] {
  const open = days.filter(({ day }) => !closed.includes(isoWeekday(day)));
  const season = WEEK_DAYS - closed.length;
  return open.map(({ value }, index) => {
    if (value !== 0) return value;
    const before = open[index - season]?.value ?? 0;
    const after = open[index + season]?.value ?? 0;
    const known = [before, after].filter((neighbour) => neighbour !== 0);
    return known.length === 0 ? 0 : known.reduce((sum, neighbour) => sum + neighbour, 0) / known.length;
  });
}
