import fc from 'fast-check';
import { periodCount, periodOf, periodsBetween, shiftPeriod, type PeriodUnit } from '#kernel/periods.rules';

it.each([
  ['2024-12-29', '2024-W52', '2024-12-23', '2024-12-29'],
  ['2024-12-30', '2025-W01', '2024-12-30', '2025-01-05'],
  ['2026-01-01', '2026-W01', '2025-12-29', '2026-01-04'],
  ['2026-11-26', '2026-W48', '2026-11-23', '2026-11-29'],
  ['2027-01-03', '2026-W53', '2026-12-28', '2027-01-03'],
  ['2021-01-03', '2020-W53', '2020-12-28', '2021-01-03'],
])('%s is in the ISO week %s', (day, name, from, to) => {
  expect(periodOf('week', day)).toEqual({ name, from, to });
});

it.each([
  ['2024-02-29', '2024-02', '2024-02-01', '2024-02-29'],
  ['2026-02-11', '2026-02', '2026-02-01', '2026-02-28'],
  ['2026-12-31', '2026-12', '2026-12-01', '2026-12-31'],
])('%s is in the month %s', (day, name, from, to) => {
  expect(periodOf('month', day)).toEqual({ name, from, to });
});

it('a day is its own period', () => {
  expect(periodOf('day', '2026-03-29')).toEqual({ name: '2026-03-29', from: '2026-03-29', to: '2026-03-29' });
});

it.each([
  ['day', '2026-02-28', 1, '2026-03-01'],
  ['day', '2026-01-01', -1, '2025-12-31'],
  ['week', '2026-01-01', -1, '2025-W52'],
  ['month', '2026-01-31', -1, '2025-12'],
  ['month', '2026-11-26', 14, '2028-01'],
] as const)('the %s of %s, moved by %s, is %s', (unit, day, count, name) => {
  expect(shiftPeriod(unit, periodOf(unit, day), count).name).toBe(name);
});

const unit = fc.constantFrom<PeriodUnit>('day', 'week', 'month');
const day = fc
  .integer({ min: 0, max: 30_000 })
  .map((days) => new Date(days * 86_400_000).toISOString().slice(0, 10));

it('periods cover every day of a range once, in order, and have names of their own', () => {
  fc.assert(
    fc.property(unit, day, fc.integer({ min: 0, max: 800 }), (ofUnit, from, length) => {
      const to = new Date(Date.parse(from) + length * 86_400_000).toISOString().slice(0, 10);
      const periods = periodsBetween(ofUnit, from, to);
      expect(periods).toHaveLength(periodCount(ofUnit, from, to));
      expect(periods[0]!.from <= from && from <= periods[0]!.to).toBe(true);
      expect(periods.at(-1)!.from <= to && to <= periods.at(-1)!.to).toBe(true);
      for (const [index, period] of periods.entries()) {
        expect(shiftPeriod(ofUnit, period, 0)).toEqual(period);
        const next = periods[index + 1];
        if (next) expect(Date.parse(next.from) - Date.parse(period.to)).toBe(86_400_000);
      }
      expect(new Set(periods.map(({ name }) => name)).size).toBe(periods.length);
    }),
  );
});

it.each([
  ['day', ['9999-12-30', '9999-12-31']],
  ['week', ['9999-W52']],
  ['month', ['9999-12']],
] as const)('ends with the last %s of the calendar', (ofUnit, names) => {
  expect(periodsBetween(ofUnit, '9999-12-30', '9999-12-31').map(({ name }) => name)).toEqual(names);
});
