import { comparedDays } from '#subgraphs/analytics/finance/profit-loss/days-before.rules';

it.each([
  ['2026-02-01', '2026-02-28', 'previous_period', '2026-01-01', '2026-01-31'],
  ['2026-01-01', '2026-03-31', 'previous_period', '2025-10-01', '2025-12-31'],
  ['2026-02-09', '2026-02-15', 'previous_period', '2026-02-02', '2026-02-08'],
  ['2026-03-01', '2026-03-01', 'previous_period', '2026-02-28', '2026-02-28'],
  ['2024-02-29', '2024-02-29', 'previous_year', '2023-02-28', '2023-02-28'],
  ['2025-02-01', '2025-02-28', 'previous_year', '2024-02-01', '2024-02-29'],
  ['2026-01-01', '2026-12-31', 'previous_year', '2025-01-01', '2025-12-31'],
  ['2026-02-09', '2026-02-15', 'previous_year', '2025-02-09', '2025-02-15'],
] as const)('compares %s to %s with the %s', (from, to, comparison, comparedFrom, comparedTo) => {
  expect(comparedDays({ from, to }, comparison)).toEqual({ from: comparedFrom, to: comparedTo });
});

it('compares with nothing on request', () => {
  expect(comparedDays({ from: '2026-02-01', to: '2026-02-28' }, 'none')).toBeUndefined();
});
