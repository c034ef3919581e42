/** Ranges of days as stored months, weeks and days: each day counts once, and no open one is read from a sum. */
import fc from 'fast-check';
import { addDays, periodCount, periodOf, periodsBetween } from '#kernel/periods.rules';
import { dayBlocks, type StoredUnit } from '#subgraphs/analytics/report-days/day-blocks.rules';

const daysOf = (from: string, to: string) =>
  Array.from({ length: periodCount('day', from, to) }, (_, index) => addDays(from, index));
const storedBetween = (from: string, to: string) => {
  const of = (unit: StoredUnit) => periodsBetween(unit, from, to).map((period) => period.from);
  return { week: of('week'), month: of('month') };
};

it('takes a month before its weeks, then weeks, and days at both ends', () => {
  const stored = storedBetween('2026-09-01', '2026-11-30');
  const blocks = dayBlocks({ from: '2026-09-28', to: '2026-11-11' }, ['2026-11-10', '2026-11-11'], stored);
  expect(blocks).toEqual({
    month: ['2026-10-01'],
    week: ['2026-11-02'],
    day: ['2026-09-28', '2026-09-29', '2026-09-30', '2026-11-01', '2026-11-09'],
    open: ['2026-11-10', '2026-11-11'],
  });
});

it('reads no sum with an open day, and none that was not stored', () => {
  const october = { from: '2026-10-01', to: '2026-10-31' };
  const open = dayBlocks(october, ['2026-10-05'], {
    week: ['2026-10-05', '2026-10-12'],
    month: ['2026-10-01'],
  });
  expect([open.month, open.week, open.day.length]).toEqual([[], ['2026-10-12'], 23]);
  expect(dayBlocks(october, [], { week: [], month: [] }).day).toHaveLength(31);
});

it('counts each day of any range once', () => {
  const day = fc.integer({ min: 0, max: 400 }).map((count) => addDays('2026-01-01', count));
  fc.assert(
    fc.property(
      day,
      fc.integer({ min: 0, max: 200 }),
      fc.array(day, { maxLength: 20 }),
      (from, length, open) => {
        const to = addDays(from, length);
        const openDays = [...new Set(open)].sort();
        const blocks = dayBlocks({ from, to }, openDays, storedBetween('2025-12-01', '2027-12-31'));
        const days = [
          ...[...blocks.day, ...blocks.open],
          ...blocks.month.flatMap((first) => daysOf(first, periodOf('month', first).to)),
          ...blocks.week.flatMap((first) => daysOf(first, periodOf('week', first).to)),
        ];
        expect(days.sort()).toEqual(daysOf(from, to));
        expect(blocks.open).toEqual(openDays.filter((one) => one >= from && one <= to));
      },
    ),
  );
});
