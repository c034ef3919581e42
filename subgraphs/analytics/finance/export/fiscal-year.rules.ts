/** Fiscal years. Pure. */

/**
 * The first day of the fiscal year of a day.
 *
 * @param month in which the year begins, 1 to 12.
 * @example
 * fiscalYearStart('2026-03-15', 4) // '2025-04-01'
 */
export function fiscalYearStart(day: string, month: number): string {
  const year = Number(day.slice(0, 'YYYY'.length));
  const dayMonth = Number(day.slice('YYYY-'.length, 'YYYY-MM'.length));
  return `${dayMonth < month ? year - 1 : year}-${String(month).padStart(2, '0')}-01`;
}
