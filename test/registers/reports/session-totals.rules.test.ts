/** The lines of values in the canonical text of a Z-report; z-hash.rules.test.ts tests the whole text. */
import {
  figureLines,
  toSessionFigures,
  fixed,
  type SessionFigures,
  type SessionParts,
} from '#subgraphs/registers/reports/session-totals.rules';
import { amount as d } from '#test/harness/values';

const totals: SessionFigures & SessionParts = {
  openingFloat: d(1),
  cashIn: d(2),
  cashOut: d(3),
  salesCount: 4,
  returnsCount: 5,
  grossSales: d(6),
  discounts: d(7),
  refunds: d(8),
  netSales: d(9),
  rounding: d(-10),
  voidsCount: 0,
  voids: d(0),
  giftCardSales: d(0),
  paymentDifferences: d(0),
  conflictsCount: 0,
  conflicts: d(0),
  tax: [
    { rate: d(19), net: d(1), tax: d(2) },
    { rate: d(7), net: d(3), tax: d(4) },
  ],
  payments: [
    { method: 'cash', count: 1, amount: d(5) },
    { method: 'card', count: 2, amount: d(6) },
    { method: 'mobile', count: 3, amount: d(7) },
  ],
  creditPayments: [{ method: 'cash', count: 4, amount: d(8) }],
  tips: [{ method: 'card', count: 5, amount: d(9) }],
};

it('are in one order, rates and tenders sorted', () => {
  expect(figureLines(totals).map(([name, text]) => `${name}=${text}`)).toEqual([
    'opening_float=1.0000',
    'cash_in=2.0000',
    'cash_out=3.0000',
    'sales_count=4',
    'returns_count=5',
    'gross_sales=6.0000',
    'discounts=7.0000',
    'refunds=8.0000',
    'net_sales=9.0000',
    'rounding=-10.0000',
    'tax=7.0000;3.0000;4.0000',
    'tax=19.0000;1.0000;2.0000',
    'payment=card;2;6.0000',
    'payment=cash;1;5.0000',
    'payment=mobile;3;7.0000',
    'credit_payment=cash;4;8.0000',
    'tip=card;5;9.0000',
  ]);
});

it.each([
  [0, '0', undefined],
  [1, '0', '1;0.0000'],
  [0, '2.5', '0;2.5000'],
  [2, '2.5', '2;2.5000'],
])('have a line for %s voids of %s only if there are any', (voidsCount, voids, expected) => {
  const line = figureLines({ ...totals, voidsCount, voids: d(voids) }).find(([name]) => name === 'voids');
  expect(line?.[1]).toBe(expected);
});

it.each([
  [0, '0', undefined],
  [1, '0', '1;0.0000'],
  // No session has these values, but an omitted line would hide them from the hash.
  [0, '2.5', '0;2.5000'],
  [2, '2.5', '2;2.5000'],
])('have a line for %s conflicts of %s only if there are any', (conflictsCount, conflicts, expected) => {
  const line = figureLines({ ...totals, conflictsCount, conflicts: d(conflicts) }).find(
    ([name]) => name === 'conflicts',
  );
  expect(line?.[1]).toBe(expected);
});

it('do not change the lists that they are made from', () => {
  const rates = totals.tax.map(({ rate }) => rate.toFixed());
  figureLines(totals);
  expect(totals.tax.map(({ rate }) => rate.toFixed())).toEqual(rates);
});

it('are picked from any object that has them, without other fields', () => {
  expect(toSessionFigures({ ...totals, id: 'x' } as typeof totals)).toEqual(totals);
  expect(fixed(d('1.23456'))).toBe('1.2346');
});
