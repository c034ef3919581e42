/** Business time. T1 to T5 are traps of other systems, with their numbers. */
import * as fc from 'fast-check';
import {
  addBusinessTime,
  businessTimeBetween,
  openingHours,
  type BusinessWindow,
  type OpeningHours,
} from '#subgraphs/support/sla/business-time.rules';

const WORKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'] as const;
const NINE_TO_FIVE: BusinessWindow[] = [{ weekdays: WORKDAYS, from: '09:00', to: '17:00' }];
const BERLIN = openingHours('Europe/Berlin', NINE_TO_FIVE, []);
const HOUR = 3_600_000;
const at = (text: string) => new Date(text);

it('T1: an hour from Friday 16:30 ends on Monday at 09:30', () => {
  expect(addBusinessTime(BERLIN, at('2026-01-30T16:30+01:00'), HOUR)).toEqual(at('2026-02-02T09:30+01:00'));
});

it('T2: 4 hours from Monday 10:00, of which one passed before a pause until 15:00, end on Tuesday at 10:00', () => {
  const used = businessTimeBetween(BERLIN, at('2026-03-02T10:00+01:00'), at('2026-03-02T11:00+01:00'));
  expect(used).toBe(HOUR);
  expect(addBusinessTime(BERLIN, at('2026-03-02T15:00+01:00'), 4 * HOUR - used)).toEqual(
    at('2026-03-03T10:00+01:00'),
  );
});

it('T3: 8 hours from Friday 14:00, paused from 16:00 to Monday 10:00, end on Monday at 16:00', () => {
  const used = businessTimeBetween(BERLIN, at('2026-03-06T14:00+01:00'), at('2026-03-06T16:00+01:00'));
  expect(addBusinessTime(BERLIN, at('2026-03-09T10:00+01:00'), 8 * HOUR - used)).toEqual(
    at('2026-03-09T16:00+01:00'),
  );
});

it('T4: 4 hours from Thursday 16:00 before Easter end on the Tuesday after it at 12:00', () => {
  const easter = openingHours('Europe/Berlin', NINE_TO_FIVE, ['2026-04-03', '2026-04-06']);
  expect(addBusinessTime(easter, at('2026-04-02T16:00+02:00'), 4 * HOUR)).toEqual(
    at('2026-04-07T12:00+02:00'),
  );
  expect(businessTimeBetween(easter, at('2026-04-02T17:00+02:00'), at('2026-04-07T09:00+02:00'))).toBe(0);
});

it('T5: 24 hours that always count, from Saturday 12:00, end on Sunday at 13:00 when the clock is turned forward', () => {
  expect(addBusinessTime('always', at('2026-03-28T12:00+01:00'), 24 * HOUR)).toEqual(
    at('2026-03-29T13:00+02:00'),
  );
});

it('ends at the end of a day and not at the beginning of the next', () => {
  expect(addBusinessTime(BERLIN, at('2026-01-30T16:00+01:00'), HOUR)).toEqual(at('2026-01-30T17:00+01:00'));
  expect(addBusinessTime(BERLIN, at('2026-01-31T12:00+01:00'), 0)).toEqual(at('2026-01-31T12:00+01:00'));
});

it('counts several windows of a day, overlapping ones once', () => {
  const lunch = openingHours(
    'Europe/Berlin',
    [
      { weekdays: ['monday'], from: '13:00', to: '17:00' },
      { weekdays: ['monday'], from: '09:00', to: '12:00' },
      { weekdays: ['monday'], from: '11:00', to: '12:00' },
    ],
    [],
  );
  const monday = (time: string) => at(`2026-02-02T${time}+01:00`);
  expect(businessTimeBetween(lunch, monday('00:00'), monday('23:59'))).toBe(7 * HOUR);
  expect(addBusinessTime(lunch, monday('11:30'), HOUR)).toEqual(monday('13:30'));
});

it('has the length of a day on which the clock is turned: 23 and 25 hours', () => {
  const all = openingHours(
    'Europe/Berlin',
    [{ weekdays: [...WORKDAYS, 'saturday', 'sunday'], from: '00:00', to: '24:00' }],
    [],
  );
  const day = (from: string, to: string) => businessTimeBetween(all, at(from), at(to)) / HOUR;
  expect(day('2026-03-29T00:00+01:00', '2026-03-30T00:00+02:00')).toBe(23);
  expect(day('2026-10-25T00:00+02:00', '2026-10-26T00:00+01:00')).toBe(25);
});

it('opens at the turn of the clock if the time of opening does not exist', () => {
  const night = openingHours('Europe/Berlin', [{ weekdays: ['sunday'], from: '02:30', to: '04:00' }], []);
  const [from, to] = [at('2026-03-29T00:00+01:00'), at('2026-03-29T12:00+02:00')];
  expect(businessTimeBetween(night, from, to)).toBe(HOUR);
  expect(addBusinessTime(night, from, 1)).toEqual(new Date(at('2026-03-29T03:00+02:00').getTime() + 1));
});

it('never reaches a deadline without opening hours', () => {
  expect(addBusinessTime(openingHours('UTC', [], []), at('2026-01-01T00:00Z'), 1)).toBeNull();
});

const time = fc.integer({ min: 0, max: 1440 }).map((minutes) => {
  const text = (value: number) => String(value).padStart(2, '0');
  return `${text(Math.floor(minutes / 60))}:${text(minutes % 60)}`;
});
const hours = fc
  .array(
    fc
      .tuple(fc.subarray([...WORKDAYS, 'saturday', 'sunday'] as const, { minLength: 1 }), time, time)
      .filter(([, from, to]) => from < to)
      .map(([weekdays, from, to]) => ({ weekdays, from, to })),
    { minLength: 1, maxLength: 4 },
  )
  .chain((windows) =>
    fc
      .constantFrom('Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'UTC')
      .map((zone): OpeningHours => openingHours(zone, windows, ['2026-03-09', '2026-10-26'])),
  );
const moment = fc.date({ min: at('2026-01-01T00:00Z'), max: at('2026-12-31T00:00Z'), noInvalidDate: true });

it('is additive: what passes between two moments is the sum of what passes before and after any moment between', () => {
  fc.assert(
    fc.property(hours, fc.tuple(moment, moment, moment), (calendar, moments) => {
      const [a, b, c] = [...moments].sort((x, y) => x.getTime() - y.getTime()) as [Date, Date, Date];
      expect(businessTimeBetween(calendar, a, b) + businessTimeBetween(calendar, b, c)).toBe(
        businessTimeBetween(calendar, a, c),
      );
    }),
    { numRuns: 200 },
  );
});

it('adds exactly the time that it counts, and never reaches a deadline too late', () => {
  fc.assert(
    fc.property(hours, moment, fc.integer({ min: 1, max: 100 * HOUR }), (calendar, from, duration) => {
      const due = addBusinessTime(calendar, from, duration);
      // A calendar of a minute a week may not reach it within ten years.
      fc.pre(due !== null);
      expect(businessTimeBetween(calendar, from, due)).toBe(duration);
      expect(businessTimeBetween(calendar, from, new Date(due.getTime() - 1))).toBe(duration - 1);
    }),
    { numRuns: 200 },
  );
});

it('has the same deadline whenever the time that has passed is settled', () => {
  fc.assert(
    fc.property(
      hours,
      moment,
      fc.integer({ min: 2, max: 40 * HOUR }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (calendar, from, duration, part) => {
        const due = addBusinessTime(calendar, from, duration);
        fc.pre(due !== null);
        const between = new Date(from.getTime() + Math.floor((due.getTime() - from.getTime() - 1) * part));
        const used = businessTimeBetween(calendar, from, between);
        expect(addBusinessTime(calendar, between, duration - used)).toEqual(due);
      },
    ),
    { numRuns: 200 },
  );
});
