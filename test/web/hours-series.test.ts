/** The plot of sales by hour: which hours it shows, and that no sale is missing or in another hour. */
import fc from 'fast-check';
import { daysBefore } from '../../web/dashboard/days';
import { hoursSeries, type DayHours } from '../../web/dashboard/hours-series';

const dayOf = (...hours: [hour: number, salesCount: number, netSales: string][]): DayHours => ({
  hours: hours.map(([hour, salesCount, netSales]) => ({ hour, salesCount, netSales })),
});

it('shows the hours from the first to the last sale of both days, and nothing where today has not come', () => {
  const today = dayOf([9, 2, '20.50'], [10, 0, '0.00'], [11, 1, '5.00']);
  const before = dayOf([8, 1, '7.00'], [13, 3, '30.00']);
  expect(hoursSeries(today, before)).toEqual({
    hours: [8, 9, 10, 11, 12, 13],
    today: [0, 20.5, 0, 5, null, null],
    before: [7, 0, 0, 0, 0, 30],
  });
});

it('shows the usual hours of a shop before the first sale', () => {
  const { hours, today, before } = hoursSeries(dayOf(), undefined);
  expect([hours[0], hours.at(-1), hours.length]).toEqual([8, 20, 13]);
  expect(today.every((value) => value === null)).toBe(true);
  expect(before.every((value) => value === 0)).toBe(true);
  // An hour with a return alone is no reason to show the night.
  expect(hoursSeries(dayOf([3, 0, '-5.00']), undefined).hours).toEqual(hours);
});

const day: fc.Arbitrary<DayHours> = fc
  .uniqueArray(
    fc.record({
      hour: fc.integer({ min: 0, max: 23 }),
      salesCount: fc.integer({ min: 1, max: 50 }),
      netSales: fc.integer({ min: -10_000, max: 100_000 }).map((cents) => (cents / 100).toFixed(2)),
    }),
    { selector: ({ hour }) => hour, maxLength: 24 },
  )
  .map((hours) => ({ hours }));
const cents = (values: readonly (number | null)[]) =>
  values.reduce<number>((total, value) => total + Math.round((value ?? 0) * 100), 0);
const soldCents = ({ hours }: DayHours) => cents(hours.map(({ netSales }) => Number(netSales)));

it('has every sale of both days once, whatever the hours and their order', () => {
  fc.assert(
    fc.property(day, fc.option(day, { nil: undefined }), (today, before) => {
      const series = hoursSeries(today, before);
      expect(series.hours.every((hour, at) => at === 0 || hour === series.hours[at - 1]! + 1)).toBe(true);
      expect([series.today.length, series.before.length]).toEqual(Array(2).fill(series.hours.length));
      expect(cents(series.today)).toBe(soldCents(today));
      expect(cents(series.before)).toBe(before ? soldCents(before) : 0);
      const turned = (one: DayHours) => ({ hours: one.hours.toReversed() });
      expect(hoursSeries(turned(today), before && turned(before))).toEqual(series);
      // Once there is nothing more to come, nothing comes after it.
      const end = series.today.indexOf(null);
      expect(end === -1 || series.today.slice(end).every((value) => value === null)).toBe(true);
    }),
  );
});

it('finds the same weekday a week before, over months, leap days and changes of the clock', () => {
  expect([daysBefore('2026-03-01', 7), daysBefore('2024-03-01', 1), daysBefore('2026-01-03', 7)]).toEqual([
    '2026-02-22',
    '2024-02-29',
    '2025-12-27',
  ]);
  const date = fc
    .integer({ min: 0, max: 40_000 })
    .map((days) => new Date(days * 86_400_000).toISOString().slice(0, 10));
  fc.assert(
    fc.property(date, (one) => {
      const weekday = (text: string) => new Date(`${text}T12:00:00Z`).getUTCDay();
      expect(weekday(daysBefore(one, 7))).toBe(weekday(one));
      expect(daysBefore(daysBefore(one, 7), -7)).toBe(one);
    }),
  );
});
