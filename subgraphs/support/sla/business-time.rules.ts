/**
 * Business time: the time that passes during the opening hours of a branch. Pure. Moments are instants in UTC; opening hours are on the
 * branch's clock, whose offset `Intl` knows for each moment, so that a change of the clock neither adds nor loses an hour.
 */
import { WEEKDAYS, businessDay, localTime, type Weekday } from '#kernel/business-day.rules';

/** Opening hours of some weekdays. A weekday may be in several windows, as before and after a lunch break. */
export interface BusinessWindow {
  readonly weekdays: readonly Weekday[];
  /** "09:00". */
  readonly from: string;
  /** Later than `from`; "24:00" is the end of the day. */
  readonly to: string;
}

/** Hours of a day in minutes since midnight, the earliest first, without overlaps. */
type DayHours = readonly (readonly [from: number, to: number])[];

/** Opening hours and holidays of a branch. */
export interface OpeningHours {
  /** IANA. */
  readonly timeZone: string;
  /** By weekday, Monday first. */
  readonly week: readonly DayHours[];
  /** "YYYY-MM-DD". */
  readonly holidays: ReadonlySet<string>;
}

/** The time that counts: opening hours, or all of it. */
export type BusinessCalendar = OpeningHours | 'always';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** A calendar that has no opening hours for ten years never reaches a deadline. */
const MAX_DAYS = 3_660;

/** The calendar of a branch's windows. */
export function openingHours(
  timeZone: string,
  windows: readonly BusinessWindow[],
  holidays: Iterable<string>,
): OpeningHours {
  const week = WEEKDAYS.map((weekday) =>
    mergedHours(windows.filter(({ weekdays }) => weekdays.includes(weekday))),
  );
  return { timeZone, week, holidays: new Set(holidays) };
}

function mergedHours(windows: readonly BusinessWindow[]): DayHours {
  const sorted = windows
    .map(({ from, to }) => [minutesOf(from), minutesOf(to)] as const)
    .sort(([a], [b]) => a - b);
  const merged: [number, number][] = [];
  for (const [from, to] of sorted) {
    const last = merged.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

/** Minutes since midnight of a time such as "09:30". */
export function minutesOf(time: string): number {
  const [hours, minutes] = time.split(':').map(Number);
  return hours! * 60 + minutes!;
}

/**
 * The moment at which an amount of business time has passed since another moment; the earliest one, so that a deadline is the end of a
 * day and not the beginning of the next. Null if it is not reached within ten years.
 *
 * @example
 * addBusinessTime(weekdays9to17InBerlin, new Date('2026-01-30T16:30+01:00'), 60 * 60_000) // 2026-02-02T09:30+01:00
 */
export function addBusinessTime(calendar: BusinessCalendar, from: Date, durationMs: number): Date | null {
  if (calendar === 'always' || durationMs <= 0) return new Date(from.getTime() + Math.max(durationMs, 0));
  let missing = durationMs;
  let day = firstDay(calendar, from);
  for (let count = 0; count < MAX_DAYS; count += 1, day = nextDay(day)) {
    for (const [opens, closes] of openSpans(calendar, day)) {
      const start = Math.max(opens, from.getTime());
      if (start >= closes) continue;
      if (missing <= closes - start) return new Date(start + missing);
      missing -= closes - start;
    }
  }
  return null;
}

/** Business time between two moments, in milliseconds; 0 if the second is not later. */
export function businessTimeBetween(calendar: BusinessCalendar, from: Date, to: Date): number {
  const [start, end] = [from.getTime(), to.getTime()];
  if (end <= start) return 0;
  if (calendar === 'always') return end - start;
  let passed = 0;
  const last = nextDay(businessDay(to, calendar.timeZone));
  for (let day = firstDay(calendar, from); day <= last; day = nextDay(day)) {
    for (const [opens, closes] of openSpans(calendar, day))
      passed += Math.max(0, Math.min(closes, end) - Math.max(opens, start));
  }
  return passed;
}

/** The day before that of a moment: hours until 24:00 of a day whose clock is turned back may still run. */
function firstDay({ timeZone }: OpeningHours, from: Date): string {
  return businessDay(new Date(from.getTime() - DAY_MS), timeZone);
}

function nextDay(day: string): string {
  return new Date(Date.parse(day) + DAY_MS).toISOString().slice(0, 10);
}

/** The opening hours of a day as instants, in milliseconds. */
function openSpans({ timeZone, week, holidays }: OpeningHours, day: string): [number, number][] {
  if (holidays.has(day)) return [];
  const midnight = Date.parse(day);
  const windows = week[(new Date(midnight).getUTCDay() + 6) % 7]!;
  if (windows.length === 0) return [];
  const before = offsetOfDay(timeZone, midnight - DAY_MS);
  const isSteady = before === offsetOfDay(timeZone, midnight + 2 * DAY_MS);
  const instant = (minutes: number) => {
    const clock = midnight + minutes * MINUTE_MS;
    return isSteady ? clock - before : instantAtTurn(timeZone, clock);
  };
  return windows.map(([from, to]) => [instant(from), instant(to)]);
}

/** Offsets at the midnights of UTC. Reading one takes longer than everything else here, and the same days are asked again and again. */
const offsets = new Map<string, number>();
const MAX_OFFSETS = 20_000;

function offsetOfDay(timeZone: string, midnight: number): number {
  const key = `${timeZone} ${midnight}`;
  let offset = offsets.get(key);
  if (offset === undefined) {
    if (offsets.size >= MAX_OFFSETS) offsets.clear();
    offsets.set(key, (offset = offsetAt(timeZone, midnight)));
  }
  return offset;
}

/**
 * The instant of a time on the clock of a zone, near a turn of the clock. A time that exists twice is the first one; a time that does not exist, because the clock
 * is turned forward, is the moment of the turn.
 */
function instantAtTurn(timeZone: string, clock: number): number {
  // The offsets on both sides of a turn, which is at most once in two days.
  const earliest = clock - offsetAt(timeZone, clock - DAY_MS);
  const latest = clock - offsetAt(timeZone, clock + DAY_MS);
  const candidates = [earliest, latest].sort((a, b) => a - b);
  const found = candidates.find((instant) => instant + offsetAt(timeZone, instant) === clock);
  return found ?? turnBetween(timeZone, candidates[0]!, candidates[1]!);
}

/** The first moment at which the clock has its later offset. */
function turnBetween(timeZone: string, from: number, to: number): number {
  let [before, after] = [from, to];
  const later = offsetAt(timeZone, to);
  while (after - before > MINUTE_MS) {
    const middle = before + Math.floor((after - before) / MINUTE_MS / 2) * MINUTE_MS;
    if (offsetAt(timeZone, middle) === later) after = middle;
    else before = middle;
  }
  return after;
}

/** The offset of a zone from UTC, in milliseconds: positive to the east. */
function offsetAt(timeZone: string, instant: number): number {
  const minute = Math.floor(instant / MINUTE_MS) * MINUTE_MS;
  return Date.parse(`${localTime(new Date(minute), timeZone).replace(' ', 'T')}Z`) - minute;
}
