import fc from 'fast-check';
import { Decimal, formatDecimal, parseDecimal, storedDecimal, sum, withPlaces } from '#kernel/decimal';

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

describe('a decimal of the database', () => {
  const numeric = fc
    .tuple(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), fc.integer({ min: 0, max: 6 }))
    .map(([digits, places]) => new Decimal(digits.toString()).times(`1e-${places}`).toFixed(places));

  it('is written as a computed one, with any number of places', () => {
    fc.assert(
      fc.property(numeric, fc.integer({ min: 0, max: 7 }), (text, places) => {
        const [stored, computed] = [storedDecimal(text), new Decimal(text)];
        expect(stored).toEqual(computed);
        expect(withPlaces(stored, places)).toBe(withPlaces(computed, places));
        expect(withPlaces(stored, places)).toBe(computed.toFixed(Math.max(places, computed.decimalPlaces())));
        expect(formatDecimal(stored)).toBe(computed.toFixed());
      }),
    );
  });

  it('is one object for equal texts, and its text is not part of computed values', () => {
    expect(storedDecimal('12.5000')).toBe(storedDecimal('12.5000'));
    expect(formatDecimal(storedDecimal('12.5000').plus(storedDecimal('0.2500')))).toBe('12.75');
    expect(formatDecimal(storedDecimal('12.5000').negated())).toBe('-12.5');
    expect(storedDecimal('NaN').isNaN()).toBe(true);
    expect(JSON.stringify(storedDecimal('1.50'))).toBe('"1.5"');
  });

  it('is read as such after any number of others', () => {
    for (let cent = 0; cent < 40_000; cent += 1) storedDecimal((cent / 100).toFixed(4));
    expect(formatDecimal(storedDecimal('399.9900'))).toBe('399.99');
    expect(formatDecimal(storedDecimal('0.0100'))).toBe('0.01');
  });
});
