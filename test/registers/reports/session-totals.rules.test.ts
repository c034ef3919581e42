/** The lines of figures under a Z-report's hash; z-hash.rules.test.ts holds the whole text. */
import { Decimal } from '#kernel/decimal';
import {
  figureLines,
  toSessionFigures,
  fixed,
  type SessionFigures,
  type SessionParts,
} from '#subgraphs/registers/reports/session-totals.rules';

const d = (value: string | number) => new Decimal(value);
const books: SessionFigures & SessionParts = {
  openingFloat: d(1), cashIn: d(2), cashOut: d(3), salesCount: 4, returnsCount: 5, grossSales: d(6), discounts: d(7), refunds: d(8),
  netSales: d(9), rounding: d(-10), voidsCount: 0, voids: d(0), paymentDifferences: d(0), conflictsCount: 0, conflicts: d(0),
  tax: [{ rate: d(19), net: d(1), tax: d(2) }, { rate: d(7), net: d(3), tax: d(4) }],
  payments: [{ method: 'cash', count: 1, amount: d(5) }, { method: 'card', count: 2, amount: d(6) }, { method: 'mobile', count: 3, amount: d(7) }],
  creditPayments: [{ method: 'cash', count: 4, amount: d(8) }],
  tips: [{ method: 'card', count: 5, amount: d(9) }],
}; // prettier-ignore

it('are in one order, rates and tenders sorted', () => {
  expect(figureLines(books).map(([name, text]) => `${name}=${text}`)).toEqual([
    'opening_float=1.0000', 'cash_in=2.0000', 'cash_out=3.0000', 'sales_count=4', 'returns_count=5', 'gross_sales=6.0000',
    'discounts=7.0000', 'refunds=8.0000', 'net_sales=9.0000', 'rounding=-10.0000', 'tax=7.0000;3.0000;4.0000', 'tax=19.0000;1.0000;2.0000',
    'payment=card;2;6.0000', 'payment=cash;1;5.0000', 'payment=mobile;3;7.0000', 'credit_payment=cash;4;8.0000', 'tip=card;5;9.0000',
  ]); // prettier-ignore
});

it.each([
  [0, '0', undefined],
  [1, '0', '1;0.0000'],
  [0, '2.5', '0;2.5000'],
  [2, '2.5', '2;2.5000'],
])('name %s voids of %s only where there are any', (voidsCount, voids, expected) => {
  const line = figureLines({ ...books, voidsCount, voids: d(voids) }).find(([name]) => name === 'voids');
  expect(line?.[1]).toBe(expected);
});

it.each([
  [0, '0', undefined],
  [1, '0', '1;0.0000'],
  // What no session can have is no reason to leave it out: the hash would not tell.
  [0, '2.5', '0;2.5000'],
  [2, '2.5', '2;2.5000'],
])('name %s conflicts of %s only where there are any', (conflictsCount, conflicts, expected) => {
  const line = figureLines({ ...books, conflictsCount, conflicts: d(conflicts) }).find(
    ([name]) => name === 'conflicts',
  );
  expect(line?.[1]).toBe(expected);
});

it('leave the lists that they are made of as they were', () => {
  const rates = books.tax.map(({ rate }) => rate.toFixed());
  figureLines(books);
  expect(books.tax.map(({ rate }) => rate.toFixed())).toEqual(rates);
});

it('are taken from whatever has them, and nothing else is', () => {
  expect(toSessionFigures({ ...books, id: 'x' } as typeof books)).toEqual(books);
  expect(fixed(d('1.23456'))).toBe('1.2346');
});
