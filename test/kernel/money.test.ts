import fc from 'fast-check';
import { Decimal, formatDecimal, parseDecimal, sum, ZERO } from '#kernel/decimal';
import { isCurrency } from '#kernel/iso-currencies';
import {
  allocate,
  currencyExponent,
  formatMoney,
  formatUnitPrice,
  roundMoney,
  roundToStep,
} from '#kernel/money';

const CURRENCIES = { EUR: 2, JPY: 0, KWD: 3, CHF: 2, HUF: 2, CLP: 0 } as const;
const currency = fc.constantFrom(...(Object.keys(CURRENCIES) as (keyof typeof CURRENCIES)[]));
/** An amount in minor units, of either sign, up to ten billion. */
const minorUnits = fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n });
const decimalOf = (units: bigint, places: number) =>
  new Decimal(units.toString()).dividedBy(new Decimal(10).pow(places));
const weight = fc.oneof(
  fc.constant(ZERO),
  fc.bigInt({ min: 0n, max: 10n ** 10n }).map((units) => decimalOf(units, 4)),
);

describe('a currency', () => {
  it('has the digits of ISO 4217', () => {
    for (const [code, digits] of Object.entries(CURRENCIES))
      expect([code, currencyExponent(code)]).toEqual([code, digits]);
    expect([isCurrency('EUR'), isCurrency('eur'), isCurrency('XYZ')]).toEqual([true, false, false]);
  });
});

describe('allocate', () => {
  it('makes parts that sum to the whole, each less than a minor unit from its exact share', () => {
    fc.assert(
      fc.property(
        currency,
        minorUnits,
        fc.array(weight, { minLength: 1, maxLength: 30 }),
        (code, units, weights) => {
          const exponent = CURRENCIES[code];
          const amount = decimalOf(units, exponent);
          const parts = allocate(amount, weights, code);
          expect(parts).toHaveLength(weights.length);
          expect(sum(parts).equals(amount)).toBe(true);
          const total = sum(weights);
          for (const [index, part] of parts.entries()) {
            expect(part.decimalPlaces()).toBeLessThanOrEqual(exponent);
            expect(part.isZero() || part.isNegative() === amount.isNegative()).toBe(true);
            if (total.isZero()) continue;
            const exact = amount.times(weights[index]!).dividedBy(total);
            expect(part.minus(exact).abs().lessThan(new Decimal(10).pow(-exponent))).toBe(true);
          }
        },
      ),
    );
  });

  it('gives an equal share never more than a minor unit beyond another', () => {
    fc.assert(
      fc.property(minorUnits, fc.integer({ min: 1, max: 50 }), (units, count) => {
        const cents = allocate(decimalOf(units, 2), Array<Decimal>(count).fill(new Decimal(7)), 'EUR').map(
          (part) => part.times(100).toNumber(),
        );
        expect(Math.max(...cents) - Math.min(...cents)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it.each([
    ['10.00', ['1', '1', '1'], ['3.34', '3.33', '3.33']],
    ['-10.00', ['1', '1', '1'], ['-3.34', '-3.33', '-3.33']],
    ['0.01', ['1', '2'], ['0', '0.01']],
    ['5.00', ['0', '0'], ['5', '0']],
    ['100.00', ['99.99', '0.01'], ['99.99', '0.01']],
  ])('spreads %s over %j as %j', (amount, weights, expected) => {
    const parts = allocate(
      new Decimal(amount),
      weights.map((text) => new Decimal(text)),
      'EUR',
    );
    expect(parts.map((part) => part.toFixed())).toEqual(expected);
  });

  it('refuses fractions of a minor unit, negative weights, and nothing to spread over', () => {
    expect(() => allocate(new Decimal('0.001'), [new Decimal(1)], 'EUR')).toThrow(
      'fraction of the minor unit',
    );
    expect(() => allocate(new Decimal(1), [new Decimal(-1)], 'EUR')).toThrow('negative');
    expect(() => allocate(new Decimal(1), [], 'EUR')).toThrow('over nothing');
  });
});

describe('rounding', () => {
  it.each([
    ['2.345', 'EUR', 'HALF_UP', '2.35'],
    ['2.345', 'EUR', 'HALF_EVEN', '2.34'],
    ['-2.345', 'EUR', 'HALF_UP', '-2.35'],
    ['-2.345', 'EUR', 'HALF_EVEN', '-2.34'],
    ['2.355', 'EUR', 'HALF_EVEN', '2.36'],
    ['1250.5', 'JPY', 'HALF_UP', '1251'],
    ['1.0005', 'KWD', 'HALF_UP', '1.001'],
  ] as const)('%s %s is, %s, %s', (amount, code, mode, expected) => {
    expect(roundMoney(new Decimal(amount), code, mode).toFixed()).toBe(expected);
  });

  it('is at most half a minor unit off, and rounds nothing twice', () => {
    fc.assert(
      fc.property(
        currency,
        fc.bigInt({ min: -(10n ** 14n), max: 10n ** 14n }),
        fc.constantFrom('HALF_UP', 'HALF_EVEN'),
        (code, units, mode) => {
          const amount = decimalOf(units, 6);
          const rounded = roundMoney(amount, code, mode);
          const half = new Decimal(10).pow(-CURRENCIES[code]).dividedBy(2);
          expect(rounded.minus(amount).abs().lessThanOrEqualTo(half)).toBe(true);
          expect(roundMoney(rounded, code, mode).equals(rounded)).toBe(true);
          expect(roundMoney(amount.negated(), code, mode).equals(rounded.negated())).toBe(true);
        },
      ),
    );
  });

  it.each([
    ['9.97', '0.05', '9.95'],
    ['9.98', '0.05', '10'],
    ['9.975', '0.05', '10'],
    ['-9.98', '0.05', '-10'],
    ['9.97', '0', '9.97'],
    ['1249', '10', '1250'],
  ])('takes %s to the coin of %s: %s', (amount, step, expected) => {
    expect(roundToStep(new Decimal(amount), new Decimal(step)).toFixed()).toBe(expected);
  });
});

describe('the written form', () => {
  it('of money always has the digits of the currency, and reads back as the same amount', () => {
    fc.assert(
      fc.property(currency, minorUnits, (code, units) => {
        const amount = decimalOf(units, CURRENCIES[code]);
        const text = formatMoney(amount, code);
        expect(text).toMatch(
          CURRENCIES[code] === 0 ? /^-?\d+$/ : new RegExp(`^-?\\d+\\.\\d{${CURRENCIES[code]}}$`),
        );
        expect(parseDecimal(text)?.equals(amount)).toBe(true);
      }),
    );
    expect(() => formatMoney(new Decimal('1.005'), 'EUR')).toThrow('not rounded');
  });

  it('of a unit price keeps up to four places', () => {
    expect(
      ['9.9', '0.0125', '12', '3.5000'].map((text) => formatUnitPrice(new Decimal(text), 'EUR')),
    ).toEqual(['9.90', '0.0125', '12.00', '3.50']);
    expect(formatUnitPrice(new Decimal('1250'), 'JPY')).toBe('1250');
  });

  it('of a decimal is plain digits that read back as the same', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
        fc.integer({ min: 0, max: 6 }),
        (units, places) => {
          // Twenty digits are all that decimal.js keeps in a division; the text is made without one.
          const digits = (units < 0n ? -units : units).toString().padStart(places + 1, '0');
          const text = `${units < 0n ? '-' : ''}${digits.slice(0, digits.length - places)}${places > 0 ? `.${digits.slice(-places)}` : ''}`;
          const decimal = parseDecimal(text);
          expect(decimal && parseDecimal(formatDecimal(decimal))?.equals(decimal)).toBe(true);
          expect(decimal && formatDecimal(decimal)).not.toMatch(/e|\.\d*0$/);
        },
      ),
    );
  });

  it.each([
    '',
    ' 1',
    '1 ',
    '1e3',
    '0x10',
    'NaN',
    'Infinity',
    '1,5',
    '--1',
    '.',
    '1'.repeat(40),
    null,
    undefined,
    true,
    {},
    [],
    NaN,
    Infinity,
  ])('is not %p', (value) => expect(parseDecimal(value)).toBeUndefined());

  it('of a number is its shortest text, never the binary float', () => {
    expect(parseDecimal(0.1)?.plus(parseDecimal(0.2)!).toFixed()).toBe('0.3');
    expect(
      [parseDecimal('.5'), parseDecimal('5.'), parseDecimal('+5')].map((value) => value?.toFixed()),
    ).toEqual(['0.5', '5', '5']);
  });
});
