/** The holidays of a calendar file (iCalendar, RFC 5545). Pure. */
import ICAL from 'ical.js';
import { cleanName } from '#kernel/clean-text.rules';
import { invalid } from '#kernel/errors';

/** A day of a calendar. */
export interface CalendarDay {
  /** "YYYY-MM-DD". */
  readonly date: string;
  readonly name: string;
}

/** An event that is not a holiday. */
export interface SkippedEvent {
  readonly name: string;
  readonly reason: string;
}

const MAX_EVENTS = 2_000;
/** A vacation of a company may be long, an event of years is a mistake. */
const MAX_EVENT_DAYS = 60;
const MAX_DAYS = 5_000;
/** A yearly event may have begun long ago. */
const MAX_REPETITIONS = 500;
const MAX_NAME = 100;

/**
 * The days of the whole-day events of a calendar, each once, in their order.
 * @param lastYear the last year to which yearly events are repeated.
 * @throws PosProError 422 for a text that is not a calendar, and for too many events or days.
 */
export function calendarDays(
  text: string,
  lastYear: number,
): { days: CalendarDay[]; skipped: SkippedEvent[] } {
  const events = calendarOf(text).getAllSubcomponents('vevent');
  if (events.length > MAX_EVENTS)
    throw invalid('file', `The calendar must have at most ${MAX_EVENTS} events.`, 'LENGTH');
  const days = new Map<string, CalendarDay>();
  const skipped: SkippedEvent[] = [];
  for (const component of events) {
    const event = new ICAL.Event(component);
    const name = [...cleanName(event.summary || 'Holiday')].slice(0, MAX_NAME).join('');
    const reason = reasonToSkip(event);
    if (reason) skipped.push({ name, reason });
    else for (const date of daysOf(event, lastYear)) if (!days.has(date)) days.set(date, { date, name });
    if (days.size > MAX_DAYS)
      throw invalid('file', `The calendar must have at most ${MAX_DAYS} days.`, 'LENGTH');
  }
  return { days: [...days.values()].sort((a, b) => (a.date < b.date ? -1 : 1)), skipped };
}

function calendarOf(text: string): ICAL.Component {
  try {
    const component = new ICAL.Component(ICAL.parse(text) as unknown[]);
    if (component.name === 'vcalendar') return component;
  } catch {
    // Falls through to the one error for every text that is not a calendar.
  }
  throw invalid('file', 'The file is not a calendar in the iCalendar format.', 'FORMAT');
}

function reasonToSkip(event: ICAL.Event): string | undefined {
  if (!event.component.hasProperty('dtstart') || !event.startDate.isDate)
    return 'It does not last whole days.';
  if (lengthOf(event) > MAX_EVENT_DAYS) return `It lasts more than ${MAX_EVENT_DAYS} days.`;
  const rules = event.component.getAllProperties('rrule').map((rule) => rule.getFirstValue() as ICAL.Recur);
  if (rules.some(({ freq }) => freq !== 'YEARLY')) return 'It is repeated, but not yearly.';
  return undefined;
}

/** Number of days of one occurrence; an event without an end has one day. */
function lengthOf({ duration }: ICAL.Event): number {
  return Math.max(1, Math.round(duration.toSeconds() / 86_400));
}

function daysOf(event: ICAL.Event, lastYear: number): string[] {
  const dates: string[] = [];
  const length = lengthOf(event);
  const occurrences = event.iterator();
  for (let count = 0; count < MAX_REPETITIONS; count += 1) {
    const start = occurrences.next() as ICAL.Time | null;
    if (!start || (event.isRecurring() && start.year > lastYear)) break;
    const first = Date.UTC(start.year, start.month - 1, start.day);
    for (let day = 0; day < length; day += 1)
      dates.push(new Date(first + day * 86_400_000).toISOString().slice(0, 10));
  }
  return dates;
}
