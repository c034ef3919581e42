/** Conversions by published numbers: nothing is rounded before the end, and both directions of a rate agree. */
import fc from 'fast-check';
import { Decimal } from '#kernel/decimal';
import { currencyExponent, formatMoney, roundMoney } from '#kernel/money';
import {
  conversionPaths,
  convertExactly,
  findLegs,
  fixedQuotation,
  pairOf,
  pairsOf,
  rateDateOf,
  shownRate,
  sourceOf,
  type Quotation,
} from '#subgraphs/i18n/rates/conversion.rules';

/** Reference rates of the European Central Bank of 13 August 2026, and those of the trap on exponents. */
const RATES: Readonly<Record<string, string>> = {
  USD: '1.1534',
  PLN: '4.3048',
  JPY: '171.32',
  KWD: '0.3561',
};
const DATE = '2026-08-13';

const quotations = new Map<string, Quotation>(
  Object.entries(RATES).map(([quote, rate]) => [
    pairOf('EUR', quote),
    { base: 'EUR', quote, rate: new Decimal(rate), date: DATE, source: 'ecb' },
  ]),
);

function legsOf(from: string, to: string) {
  const paths = conversionPaths(from, to, 'EUR');
  const fixed = paths.flatMap(pairsOf).flatMap((pair): [string, Quotation][] => {
    const quotation = fixedQuotation(pair, DATE);
    return quotation ? [[pair, quotation]] : [];
  });
  return findLegs(paths, new Map([...quotations, ...fixed]))!;
}

const convert = (amount: string, from: string, to: string) =>
  formatMoney(roundMoney(new Decimal(convertExactly(new Decimal(amount), legsOf(from, to).legs)), to), to);

it('I1: a cross rate is not rounded in between', () => {
  expect(legsOf('USD', 'PLN').path).toEqual(['USD', 'EUR', 'PLN']);
  // Through 0.87 EUR it would be 3.75.
  expect(convert('1.00', 'USD', 'PLN')).toBe('3.73');
  // By 3.7323 it would be 37,323.00.
  expect(convert('10000.00', 'USD', 'PLN')).toBe('37322.70');
  expect(convert('100.00', 'USD', 'PLN')).toBe('373.23');
  expect(convert('373.23', 'PLN', 'USD')).toBe('100.00');
  expect(shownRate(legsOf('USD', 'PLN').legs).toFixed()).toBe('3.73226981099');
});

it('I2: fixed euro rates convert exactly, without rounding the amount in euro', () => {
  // With the amount in euro rounded to two digits it would be 298.17.
  expect(convert('1000.00', 'FRF', 'DEM')).toBe('298.16');
  // Rounding to three digits, which the regulation permits, would give 38.16.
  expect(convert('128.00', 'FRF', 'DEM')).toBe('38.17');
  expect(legsOf('FRF', 'DEM').path).toEqual(['FRF', 'EUR', 'DEM']);
  expect(fixedQuotation('EUR/FRF', '1998-12-31')).toBeUndefined();
  expect(fixedQuotation('EUR/FRF', '1999-01-01')).toMatchObject({ source: 'fixed', date: '1999-01-01' });
  expect(fixedQuotation('EUR/USD', DATE)).toBeUndefined();
});

it('I3: the result has the digits of its currency', () => {
  expect(convert('12.34', 'EUR', 'JPY')).toBe('2114');
  expect(convert('12.34', 'EUR', 'KWD')).toBe('4.394');
  expect(convert('1234', 'JPY', 'EUR')).toBe('7.20');
});

it('names the source and the oldest day of the rates', () => {
  const [usd] = legsOf('USD', 'EUR').legs;
  const later = { ...usd!, date: '2026-08-14', source: 'manual' as const };
  expect([sourceOf([usd!, later]), rateDateOf([later, usd!])]).toEqual(['mixed', DATE]);
  const { legs } = legsOf('FRF', 'USD');
  expect([sourceOf(legs), rateDateOf(legs)]).toEqual(['ecb', DATE]);
  expect([sourceOf([]), rateDateOf([])]).toEqual(['none', undefined]);
  expect(convert('5.00', 'EUR', 'EUR')).toBe('5.00');
});

it('I5: there and back is the same amount, unless a minor unit of the other currency is worth more', () => {
  const code = fc.constantFrom('EUR', ...Object.keys(RATES), 'FRF', 'ITL');
  fc.assert(
    fc.property(code, code, fc.integer({ min: 0, max: 10 ** 12 }), (from, to, minor) => {
      const amount = new Decimal(minor).div(new Decimal(10).pow(currencyExponent(from)));
      const there = convert(amount.toFixed(), from, to);
      const back = new Decimal(convert(there, to, from));
      const unit = new Decimal(10).pow(-currencyExponent(to));
      const worth = convertExactly(unit, legsOf(to, from).legs).div(2);
      // Half a minor unit there is lost at most, and half of one back.
      const limit = worth.plus(new Decimal(10).pow(-currencyExponent(from)).div(2));
      expect(back.minus(amount).abs().lessThanOrEqualTo(limit)).toBe(true);
      const both = convertExactly(convertExactly(amount, legsOf(from, to).legs), legsOf(to, from).legs);
      expect(both.minus(amount).abs().lessThan('1e-40')).toBe(true);
    }),
  );
});
