/** Limits of offline sales: the defaults by currency, and the values that an organization may set. */
import {
  boundErrors,
  priceRangeErrors,
  defaultOfflineBounds,
  mergeBounds,
} from '#subgraphs/registers/settings/offline-bounds.rules';
import { amount as d } from '#test/harness/values';

it.each([
  ['EUR', '1000000'],
  ['USD', '1000000'],
  ['CHF', '1000000'],
  ['KWD', '1000000'],
  ['INR', '100000000'],
  ['JPY', '100000000'],
  ['AFN', '100000000'],
  ['YER', '100000000'],
  ['KRW', '1000000000'],
  ['IDR', '10000000000'],
  ['LBP', '100000000000'],
  // Without a currency: the limit of a large unit.
  ['', '1000000'],
  [undefined, '1000000'],
])('in %s the maximum total is %s', (currency, maxTotal) => {
  const { maxTotal: total, ...others } = defaultOfflineBounds(currency);
  expect(total.toFixed()).toBe(maxTotal);
  expect(others).toEqual({
    maxQuantity: d(1000),
    minPricePercent: d(10),
    maxPricePercent: d(1000),
    maxAgeDays: 31,
  });
});

it('replaces the limits of the input, and no others', () => {
  const before = defaultOfflineBounds('EUR');
  expect(mergeBounds(before, {})).toEqual(before);
  expect(mergeBounds(before, { maxQuantity: null, maxAgeDays: null })).toEqual(before);
  expect(mergeBounds(before, { maxTotal: d(0), maxAgeDays: 0 })).toEqual({
    ...before,
    maxTotal: d(0),
    maxAgeDays: 0,
  });
});

describe('a bound', () => {
  const outOfRange = (name: string, most: string) => [
    { field: `offline.${name}`, message: `Must be from 0 to ${most}.`, code: 'OUT_OF_RANGE' },
  ];

  it.each([
    [{}, []],
    [{ maxQuantity: null, maxAgeDays: null }, []],
    [
      {
        maxQuantity: d(0),
        minPricePercent: d(0),
        maxPricePercent: d(0),
        maxTotal: d('1000000000000'),
        maxAgeDays: 0,
      },
      [],
    ],
    [{ maxQuantity: d('-0.001') }, outOfRange('maxQuantity', '1000000000000')],
    [{ maxTotal: d('1000000000000.01') }, outOfRange('maxTotal', '1000000000000')],
    [{ maxAgeDays: 3660 }, []],
    [{ maxAgeDays: 3661 }, outOfRange('maxAgeDays', '3660')],
    [{ maxAgeDays: -1 }, outOfRange('maxAgeDays', '3660')],
    [
      { minPricePercent: d(-1), maxAgeDays: -1 },
      [...outOfRange('minPricePercent', '1000000000000'), ...outOfRange('maxAgeDays', '3660')],
    ],
  ])('of %j has the errors %j', (input, errors) => {
    expect(boundErrors(input)).toEqual(errors);
  });

  it('for the maximum price is not below the one for the minimum price', () => {
    const errors = (minPricePercent: number, maxPricePercent: number) =>
      priceRangeErrors({
        ...defaultOfflineBounds('EUR'),
        minPricePercent: d(minPricePercent),
        maxPricePercent: d(maxPricePercent),
      });
    expect([errors(10, 1000), errors(100, 100)]).toEqual([[], []]);
    const message = 'Must not be below the lowest price.';
    expect(errors(101, 100)).toEqual([{ field: 'offline.maxPricePercent', message, code: 'OUT_OF_RANGE' }]);
  });
});
