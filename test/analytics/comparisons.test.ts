/** Days of comparisons, and the significance of changes. */
import type { PeriodUnit } from '#kernel/periods.rules';
import { changeProbability, significantChanges } from '#subgraphs/analytics/products/trend.rules';
import { comparedDays, isoWeek, weeksOfYear } from '#subgraphs/analytics/sales/comparison.rules';

const compared = (
  unit: PeriodUnit,
  [from, to]: readonly [string, string],
  compareTo: 'previous_period' | 'previous_year',
  today = '2030-01-01',
) => {
  const days = comparedDays(unit, { from, to }, { today, compareTo });
  return `${days.from} ${days.to}`;
};

describe('A10: the days of a comparison', () => {
  it('are as many days before, and the same weekdays a year before', () => {
    expect(compared('day', ['2026-11-01', '2026-11-30'], 'previous_period')).toBe('2026-10-02 2026-10-31');
    expect(compared('day', ['2026-11-27', '2026-11-27'], 'previous_year')).toBe('2025-11-28 2025-11-28');
  });

  it('are weeks by ISO 8601: 2026 has 53, and 2027-01-01 is in the last one', () => {
    expect([isoWeek('2027-01-01'), weeksOfYear(2026), weeksOfYear(2025)]).toEqual([
      { year: 2026, week: 53 }, 53, 52,
    ]); // prettier-ignore
    // Week 1 of 2027 with week 1 of 2026, and week 53 of 2026 with the last week of 2025.
    expect(compared('week', ['2027-01-04', '2027-01-10'], 'previous_year')).toBe('2025-12-29 2026-01-04');
    expect(compared('week', ['2026-12-28', '2027-01-03'], 'previous_year')).toBe('2025-12-22 2025-12-28');
    expect(compared('week', ['2026-12-28', '2027-01-03'], 'previous_period')).toBe('2026-12-21 2026-12-27');
  });

  it('are as many days of a month that has not ended', () => {
    const month = ['2026-11-01', '2026-11-30'] as const;
    expect(compared('month', month, 'previous_period', '2026-11-10')).toBe('2026-10-01 2026-10-10');
    expect(compared('month', month, 'previous_year', '2026-11-10')).toBe('2025-11-01 2025-11-10');
    expect(compared('month', month, 'previous_period')).toBe('2026-10-01 2026-10-31');
    // February has no 31st.
    expect(compared('month', ['2026-03-01', '2026-03-31'], 'previous_period', '2026-03-30')).toBe('2026-02-01 2026-02-28'); // prettier-ignore
    expect(compared('year', ['2026-01-01', '2026-12-31'], 'previous_year', '2026-03-01')).toBe('2025-01-01 2025-03-01'); // prettier-ignore
  });
});

describe('A9: a trend', () => {
  it.each([
    [300, 390, 0.0007],
    [10, 25, 0.0167],
    [0, 5, 0.0625],
    [3, 9, 0.146],
    [22, 20, 0.878],
    [0, 0, 1],
    [7, 7, 1],
  ])('from %d to %d has the probability %d', (before, after, probability) => {
    expect(changeProbability(before, after)).toBeCloseTo(probability, probability < 0.001 ? 4 : 3);
    expect(changeProbability(after, before)).toBe(changeProbability(before, after));
  });

  it('is significant among all others, and not by its percent', () => {
    const changes = [[300, 390], [10, 25], [0, 5], [3, 9], [22, 20]] as const; // prettier-ignore
    expect(significantChanges(changes.map(([before, after]) => changeProbability(before, after)))).toEqual([
      true, true, false, false, false,
    ]); // prettier-ignore
    expect(significantChanges([])).toEqual([]);
  });

  it('is exact for large counts', () => {
    expect(changeProbability(500_000, 500_000)).toBe(1);
    expect(changeProbability(500_000, 503_000)).toBeCloseTo(0.00277, 4);
  });
});
