import { Decimal, formatDecimal, parseDecimal, sum } from '#kernel/decimal';

it('keeps a decimal as it is, and refuses one that is no number', () => {
  const given = new Decimal('1.50');
  expect(parseDecimal(given)).toBe(given);
  expect(parseDecimal(new Decimal(NaN))).toBeUndefined();
  expect(parseDecimal(new Decimal(Infinity))).toBeUndefined();
});

it('reads numbers by their shortest text', () => {
  expect([0.1, -0, 12.5, 1e21].map((number) => parseDecimal(number)?.toFixed())).toEqual([
    '0.1',
    '0',
    '12.5',
    '1000000000000000000000',
  ]);
  expect([NaN, Infinity, -Infinity].map((number) => parseDecimal(number))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

it('reads texts of up to 32 characters', () => {
  expect(parseDecimal('1'.repeat(32))?.toFixed()).toBe('1'.repeat(32));
  expect(parseDecimal('1'.repeat(33))).toBeUndefined();
  expect(['.25', '-12.', '+007.50'].map((text) => parseDecimal(text)?.toFixed())).toEqual([
    '0.25',
    '-12',
    '7.5',
  ]);
});

it('adds up exactly, nothing to zero', () => {
  expect(sum([]).toFixed()).toBe('0');
  expect(sum(['0.1', '0.2', '-0.3'].map((text) => new Decimal(text))).toFixed()).toBe('0');
  expect(formatDecimal(new Decimal('1E-3'))).toBe('0.001');
});
