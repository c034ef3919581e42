import { readFileSync } from 'node:fs';
import { Decimal } from '#kernel/decimal';
import { CURRENCIES, isCurrency, isoCurrency } from '#kernel/iso-currencies';
import { allocate, currencyExponent, formatMoney, formatUnitPrice, roundToStep } from '#kernel/money';

/** ISO 4217, list one, as its maintenance agency publishes it. */
const LIST_ONE = readFileSync(require.resolve('currency-codes/iso-4217-list-one.xml'), 'utf8');
const ENTRY = /<Ccy>(\w{3})<\/Ccy>\s*<CcyNbr>\d+<\/CcyNbr>\s*<CcyMnrUnts>(\d|N\.A\.)<\/CcyMnrUnts>/g;
const MINOR_UNITS = new Map([...LIST_ONE.matchAll(ENTRY)].map(([, code, units]) => [code!, units!]));

describe('the minor units of ISO 4217', () => {
  it('are those of the list, for every currency', () => {
    const counted = [...MINOR_UNITS].filter(([, units]) => units !== 'N.A.');
    expect(Object.fromEntries(counted.map(([code]) => [code, String(currencyExponent(code))]))).toEqual(
      Object.fromEntries(counted),
    );
    expect([counted.length, MINOR_UNITS.size]).toEqual([166, 179]);
  });

  it('are not those in daily use, where the two differ', () => {
    expect(['HUF', 'TWD', 'IDR', 'IQD', 'CLF', 'UYW'].map(currencyExponent)).toEqual([2, 2, 2, 3, 4, 4]);
    expect(['JPY', 'KRW', 'ISK', 'BHD', 'TND'].map(currencyExponent)).toEqual([0, 0, 0, 3, 3]);
  });

  it('are those it had, for a currency that has left the list', () => {
    expect([isoCurrency('HRK'), currencyExponent('HRK')]).toEqual([undefined, 2]);
    // The leone had cents in ISO 4217, and has none in the data of some releases of Node.
    expect([isoCurrency('SLL'), currencyExponent('SLL')]).toEqual([undefined, 2]);
    expect(() => currencyExponent('no currency')).toThrow('Invalid currency code : no currency');
  });

  it('are the places of the written form', () => {
    for (const [code, units] of MINOR_UNITS) {
      if (units === 'N.A.') continue;
      const places = Number(units);
      const smallest = new Decimal(10).pow(-places);
      expect(formatMoney(smallest, code)).toBe(smallest.toFixed(places));
      expect(() => formatMoney(smallest.dividedBy(10), code)).toThrow(
        `${smallest.dividedBy(10).toFixed()} ${code} was not rounded`,
      );
      expect(formatUnitPrice(new Decimal(1), code)).toBe(new Decimal(1).toFixed(places));
    }
  });
});

it('half a step goes away from zero, or to the even one', () => {
  const rounded = (text: string, mode?: 'HALF_UP' | 'HALF_EVEN') =>
    roundToStep(new Decimal(text), new Decimal('0.05'), mode).toFixed();
  expect([rounded('0.025'), rounded('0.025', 'HALF_UP'), rounded('0.025', 'HALF_EVEN'), rounded('0.075', 'HALF_EVEN')]).toEqual([
    '0.05', '0.05', '0', '0.1',
  ]); // prettier-ignore
});

it('what is left of an amount goes to the largest remainders, and to the first of equal ones', () => {
  const spread = (amount: string, ...weights: number[]) =>
    allocate(
      new Decimal(amount),
      weights.map((weight) => new Decimal(weight)),
      'EUR',
    ).map((part) => part.toFixed(2));
  expect(spread('0.02', 1, 1, 1)).toEqual(['0.01', '0.01', '0.00']);
  expect(spread('0.10', 1, 2, 4)).toEqual(['0.01', '0.03', '0.06']);
  // 7.27 and 2.73 cents: the smaller share has the larger remainder.
  expect(spread('0.10', 8, 3)).toEqual(['0.07', '0.03']);
  expect(spread('-0.02', 0, 1, 1, 1)).toEqual(['0.00', '-0.01', '-0.01', '0.00']);
  expect(spread('1.00', 0, 0, 0)).toEqual(['1.00', '0.00', '0.00']);
  expect(() => allocate(new Decimal('0.001'), [new Decimal(1)], 'EUR')).toThrow(
    '0.001 EUR has a fraction of the minor unit',
  );
  expect(() => allocate(new Decimal(1), [new Decimal(2), new Decimal(-1)], 'EUR')).toThrow(
    'a weight is negative',
  );
});

describe('the currencies of a shop', () => {
  const codes = CURRENCIES.map(({ code }) => code);

  it('are those of the list that are neither funds nor without minor units, with the amendments since', () => {
    const entries = [...LIST_ONE.matchAll(/<CcyNm( IsFund="true")?>[^<]*<\/CcyNm>\s*<Ccy>(\w{3})<\/Ccy>/gi)];
    const funds = new Set(entries.filter(([, isFund]) => isFund).map(([, , code]) => code));
    const tender = [...MINOR_UNITS].flatMap(([code, units]) =>
      units === 'N.A.' || funds.has(code) ? [] : code,
    );
    const unexpected = tender.filter((code) => !codes.includes(code));
    expect(unexpected.sort()).toEqual(['ANG', 'BGN', 'UYW']);
    expect(codes.filter((code) => !tender.includes(code))).toEqual(['XCG']);
    expect([...codes].sort()).toEqual(codes);
  });

  it('are no longer the withdrawn ones that the runtime knows', () => {
    const withdrawn = Intl.supportedValuesOf('currency').filter((code) => isoCurrency(code) === undefined);
    expect(withdrawn).toEqual(expect.arrayContaining(['HRK', 'SLL', 'ZWL', 'ANG', 'BGN']));
    expect(withdrawn.filter(isCurrency)).toEqual([]);
    expect(['EUR', 'SLE', 'ZWG', 'XCG', 'XAU', 'XDR', 'CLF', 'XXX', 'eur'].filter(isCurrency)).toEqual([
      'EUR',
      'SLE',
      'ZWG',
      'XCG',
    ]);
  });

  it('have the numbers of the list', () => {
    const entry = /<Ccy>(\w{3})<\/Ccy>\s*<CcyNbr>(\d{3})</g;
    const numbers = new Map([...LIST_ONE.matchAll(entry)].map(([, code, number]) => [code, number]));
    for (const { code, number } of CURRENCIES)
      expect([code, number]).toEqual([code, numbers.get(code === 'XCG' ? 'ANG' : code)]);
    expect(['CHF', 'XCG', 'ALL'].map((code) => isoCurrency(code)?.number)).toEqual(['756', '532', '008']);
  });
});
