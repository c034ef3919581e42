/** The fewest stored sums of goods that cover a range of days. Pure. */
import { periodOf, periodsBetween } from '#kernel/periods.rules';

/** Lengths of the periods whose sums are stored, the longest first. */
export const STORED_UNITS = ['month', 'week'] as const;
export type StoredUnit = (typeof STORED_UNITS)[number];

/** Days, "YYYY-MM-DD", that make up a range: each of its days belongs to one of them. */
export interface DayBlocks {
  /** First days of months and weeks whose sums are stored. */
  readonly month: readonly string[];
  readonly week: readonly string[];
  /** Stored days. */
  readonly day: readonly string[];
  /** Days to compute. */
  readonly open: readonly string[];
}

/** Months first, then weeks, and days at both ends. A month or week with an open day is not used. */
export function dayBlocks(
  { from, to }: { readonly from: string; readonly to: string },
  openDays: readonly string[],
  periods: Readonly<Record<StoredUnit, readonly string[]>>,
): DayBlocks {
  const open = openDays.filter((day) => day >= from && day <= to);
  const left = new Set(daysBetween(from, to));
  for (const day of open) left.delete(day);
  const takenOf = (unit: StoredUnit) =>
    periods[unit].filter((first) => {
      const days = daysBetween(first, periodOf(unit, first).to);
      const isWhole = days.every((day) => left.has(day));
      if (isWhole) for (const day of days) left.delete(day);
      return isWhole;
    });
  const [month, week] = STORED_UNITS.map(takenOf);
  return { month: month!, week: week!, day: [...left], open };
}

function daysBetween(from: string, to: string): string[] {
  return periodsBetween('day', from, to).map((day) => day.from);
}
