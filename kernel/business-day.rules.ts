/** The day on which a branch books what happens at a moment: its own calendar day, in its time zone. Pure. */

/** In the order of ISO 8601. */
export const WEEKDAYS = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const;
export type Weekday = (typeof WEEKDAYS)[number];

const formats = new Map<string, Intl.DateTimeFormat>();

/** One formatter a zone, since making one takes longer than a sale. */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    formats.set(timeZone, format);
  }
  return format;
}

function partsOf(moment: Date, timeZone: string): Record<string, string> {
  return Object.fromEntries(
    formatOf(timeZone)
      .formatToParts(moment)
      .map(({ type, value }) => [type, value]),
  );
}

/**
 * The branch's day, "YYYY-MM-DD".
 * @param timeZone IANA.
 *
 * @example
 * businessDay(new Date('2026-01-31T23:30:00Z'), 'Europe/Berlin') // '2026-02-01'
 */
export function businessDay(moment: Date, timeZone: string): string {
  const { year, month, day } = partsOf(moment, timeZone);
  return `${year!.padStart(4, '0')}-${month}-${day}`;
}

/** The moment on the branch's own wall clock, "YYYY-MM-DD HH:MM". */
export function localTime(moment: Date, timeZone: string): string {
  const { hour, minute } = partsOf(moment, timeZone);
  return `${businessDay(moment, timeZone)} ${hour}:${minute}`;
}
