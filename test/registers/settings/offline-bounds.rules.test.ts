/** What a sale made offline must keep within: the usual bounds by currency, and what an organization may set them to. */
import { Decimal } from '#kernel/decimal';
import {
  boundErrors,
  priceRangeErrors,
  defaultOfflineBounds,
  mergeBounds,
} from '#subgraphs/registers/settings/offline-bounds.rules';

const d = (value: string | number) => new Decimal(value);

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
  // Where no currency is known, that of a large unit.
  ['', '1000000'],
  [undefined, '1000000'],
])('in %s a sale comes to %s at most', (currency, maxTotal) => {
  const { maxTotal: total, ...others } = defaultOfflineBounds(currency);
  expect(total.toFixed()).toBe(maxTotal);
  expect(others).toEqual({
    maxQuantity: d(1000),
    minPricePercent: d(10),
    maxPricePercent: d(1000),
    maxAgeDays: 31,
  });
});

it('puts what was given in the place of what was there, and nothing else', () => {
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
  const outOfRange = (name: string, most: string) => [{ field: `offline.${name}`, message: `Must be from 0 to ${most}.`, code: 'OUT_OF_RANGE' }];

  it.each([
    [{}, []],
    [{ maxQuantity: null, maxAgeDays: null }, []],
    [{ maxQuantity: d(0), minPricePercent: d(0), maxPricePercent: d(0), maxTotal: d('1000000000000'), maxAgeDays: 0 }, []],
    [{ maxQuantity: d('-0.001') }, outOfRange('maxQuantity', '1000000000000')],
    [{ maxTotal: d('1000000000000.01') }, outOfRange('maxTotal', '1000000000000')],
    [{ maxAgeDays: 3660 }, []],
    [{ maxAgeDays: 3661 }, outOfRange('maxAgeDays', '3660')],
    [{ maxAgeDays: -1 }, outOfRange('maxAgeDays', '3660')],
    [{ minPricePercent: d(-1), maxAgeDays: -1 }, [...outOfRange('minPricePercent', '1000000000000'), ...outOfRange('maxAgeDays', '3660')]],
  ])('of %j has the faults %j', (input, faults) => {
    expect(boundErrors(input)).toEqual(faults);
  });

  it('of the highest price is not below that of the lowest', () => {
    const faults = (minPricePercent: number, maxPricePercent: number) => priceRangeErrors({ ...defaultOfflineBounds('EUR'), minPricePercent: d(minPricePercent), maxPricePercent: d(maxPricePercent) });
    expect([faults(10, 1000), faults(100, 100)]).toEqual([[], []]);
    const message = 'Must not be below the lowest price.';
    expect(faults(101, 100)).toEqual([{ field: 'offline.maxPricePercent', message, code: 'OUT_OF_RANGE' }]);
  });
}); // prettier-ignore
