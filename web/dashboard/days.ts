/** The day so many days before, by the calendar. Pure. @param date ISO 8601, "2026-03-01". */
export function daysBefore(date: string, days: number): string {
  const day = new Date(`${date}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() - days);
  return day.toISOString().slice(0, 10);
}
