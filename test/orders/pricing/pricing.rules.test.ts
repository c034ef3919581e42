import fc from 'fast-check';
import { Decimal, sum } from '#kernel/decimal';
import { currencyExponent, type RoundingMode } from '#kernel/money';
import { PosProError } from '#kernel/errors';
import * as rules from '#subgraphs/orders/pricing/pricing.rules';
import {
  taxesByClass,
  taxesOf,
  type Discount,
  type PricingTerms,
  type SaleLine,
} from '#subgraphs/orders/pricing/pricing.rules';
import { required } from '#test/harness/refusal';
import { amount as d } from '#test/harness/values';

const calculateSale = required(rules.calculateSale);
const euros: PricingTerms = { currency: 'EUR', roundingMode: 'HALF_UP', pricesIncludeTax: true };
const line = (
  quantity: string | number,
  unitPrice: string | number,
  taxRate: string | number = 19,
  discount?: Discount,
): SaleLine => ({
  quantity: d(quantity),
  unitPrice: d(unitPrice),
  taxRate: d(taxRate),
  discount,
});
const texts = (value: object) =>
  Object.fromEntries(
    Object.entries(value)
      .filter(([, v]) => Decimal.isDecimal(v))
      .map(([k, v]) => [k, (v as Decimal).toFixed()]),
  );

describe('calculateSale', () => {
  it('takes the tax out of prices that include it', () => {
    const sale = calculateSale(euros, [line(2, '3.50'), line(1, '2.99', 7)]);
    expect(texts(sale)).toEqual({
      subtotal: '9.99',
      discountTotal: '0',
      giftCardTotal: '0',
      taxTotal: '1.32',
      total: '9.99',
      grossTotal: '9.99',
    });
    expect(sale.taxes.map(texts)).toEqual([
      { rate: '7', net: '2.79', tax: '0.2' },
      { rate: '19', net: '5.88', tax: '1.12' },
    ]);
  });

  it('puts the tax on prices that exclude it', () => {
    const sale = calculateSale({ ...euros, pricesIncludeTax: false }, [line(2, '3.50'), line(1, '2.99', 7)]);
    expect(texts(sale)).toEqual({
      subtotal: '9.99',
      discountTotal: '0',
      giftCardTotal: '0',
      taxTotal: '1.54',
      total: '11.53',
      grossTotal: '11.53',
    });
  });

  it('takes off the line discounts first, then spreads the discount of the order', () => {
    const sale = calculateSale(
      euros,
      [line(3, '10', 19, { percent: d(10) }), line(1, '5', 7, { amount: d('0.50') }), line(1, '0.01')],
      { amount: d('10.00') },
    );
    // 27.00, 4.50 and 0.01 are left; 10.00 is spread over 31.51.
    expect(sale.lines.map((priced) => priced.discount.toFixed(2))).toEqual(['11.57', '1.93', '0.00']);
    expect(sale.lines.map((priced) => priced.total.toFixed(2))).toEqual(['18.43', '3.07', '0.01']);
    expect(texts(sale)).toEqual({
      subtotal: '35.01',
      discountTotal: '13.5',
      giftCardTotal: '0',
      taxTotal: '3.14',
      total: '21.51',
      grossTotal: '35.01',
    });
  });

  it('rounds a line once, to the currency, half up or half even', () => {
    const one = [line('0.350', '9.9000')];
    expect(calculateSale(euros, one).total.toFixed()).toBe('3.47');
    expect(calculateSale({ ...euros, roundingMode: 'HALF_EVEN' }, one).total.toFixed()).toBe('3.46');
    expect(calculateSale({ ...euros, currency: 'JPY' }, [line(3, '33.5')]).total.toFixed()).toBe('101');
    expect(
      calculateSale({ ...euros, currency: 'JPY', roundingMode: 'HALF_EVEN' }, [
        line(3, '33.5'),
      ]).total.toFixed(),
    ).toBe('100');
    expect(calculateSale({ ...euros, currency: 'KWD' }, [line(3, '0.3335')]).total.toFixed()).toBe('1.001');
  });

  it('is nothing where nothing is sold', () => {
    const nothing = {
      subtotal: '0',
      discountTotal: '0',
      giftCardTotal: '0',
      taxTotal: '0',
      total: '0',
      grossTotal: '0',
    };
    expect(texts(calculateSale(euros, [], { percent: d(10) }))).toEqual(nothing);
  });

  it('charges nothing for what is free, and for what is wholly discounted', () => {
    const sale = calculateSale(euros, [line(2, 0), line(1, '4.99', 19, { percent: d(100) })], {
      percent: d(50),
    });
    expect(texts(sale)).toEqual({
      subtotal: '4.99',
      discountTotal: '4.99',
      giftCardTotal: '0',
      taxTotal: '0',
      total: '0',
      grossTotal: '4.99',
    });
  });

  it.each([
    ['a percentage above 100', { percent: d(101) }, 'discount.percent'],
    ['a negative percentage', { percent: d(-1) }, 'discount.percent'],
    ['a negative amount', { amount: d(-1) }, 'discount.amount'],
    ['more than there is', { amount: d('3.51') }, 'discount.amount'],
    ['a fraction of a cent', { amount: d('0.001') }, 'discount.amount'],
    ['both at once', { amount: d(1), percent: d(1) }, 'discount'],
  ])('refuses %s as a discount', (_, discount, field) => {
    const refused = (work: () => unknown) => {
      try {
        work();
      } catch (error) {
        if (error instanceof PosProError) return [error.code, error.errors?.[0]?.field];
      }
      return undefined;
    };
    expect(refused(() => calculateSale(euros, [line(1, '3.50')], discount))).toEqual([
      'DISCOUNT_INVALID',
      field,
    ]);
    const ofLine = refused(() => calculateSale(euros, [line(1, '3.50', 19, discount)]));
    expect(ofLine).toEqual(['DISCOUNT_INVALID', `items.0.${field}`]);
  });

  it('has parts that sum to the whole, whatever is sold', () => {
    const decimal = (max: number, places: number) =>
      fc.integer({ min: 0, max }).map((units) => new Decimal(units).div(10 ** places));
    const percent = decimal(10_000, 2).map((value): Discount => ({ percent: value }));
    const anyLine = fc.record({
      quantity: decimal(50_000, 3).map((quantity) => quantity.plus('0.001')),
      unitPrice: fc.oneof(fc.constant(new Decimal(0)), decimal(9_999_999, 4)),
      taxRate: fc.constantFrom(...['0', '2.5', '7', '8.1', '19', '25'].map((rate) => new Decimal(rate))),
      discount: fc.option(percent, { nil: undefined }),
    });
    const terms = fc.record({
      currency: fc.constantFrom('EUR', 'JPY', 'KWD', 'CHF'),
      roundingMode: fc.constantFrom<RoundingMode>('HALF_UP', 'HALF_EVEN'),
      pricesIncludeTax: fc.boolean(),
    });
    fc.assert(
      fc.property(
        terms,
        fc.array(anyLine, { minLength: 1, maxLength: 60 }),
        fc.option(percent, { nil: undefined }),
        (t, lines, off) => {
          const sale = calculateSale(t, lines, off);
          const places = currencyExponent(t.currency);
          const total = sale.subtotal.minus(sale.discountTotal).plus(t.pricesIncludeTax ? 0 : sale.taxTotal);
          expect(sale.total.equals(total)).toBe(true);
          for (const part of ['subtotal', 'discount', 'tax', 'total', 'gross'] as const) {
            const whole = {
              subtotal: sale.subtotal,
              discount: sale.discountTotal,
              tax: sale.taxTotal,
              total: sale.total,
              gross: sale.grossTotal,
            };
            expect(sum(sale.lines.map((priced) => priced[part])).equals(whole[part])).toBe(true);
          }
          for (const priced of sale.lines) {
            expect(priced.net.plus(priced.tax).equals(priced.total)).toBe(true);
            expect(priced.total.greaterThanOrEqualTo(0) && priced.discount.greaterThanOrEqualTo(0)).toBe(
              true,
            );
            expect(priced.gross.greaterThanOrEqualTo(priced.total)).toBe(true);
            for (const value of Object.values(priced) as Decimal[])
              expect(value.decimalPlaces()).toBeLessThanOrEqual(places);
          }
          const taxes = taxesOf(
            sale.lines.map((priced, index) => ({ ...priced, taxRate: lines[index]!.taxRate })),
          );
          expect(sum(taxes.map(({ net, tax }) => net.plus(tax))).equals(sale.total)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('taxesByClass', () => {
  const part = (taxRate: number, taxClass: string | null, net: string, tax: string) => ({
    ...{ taxRate: d(taxRate), net: d(net), tax: d(tax) },
    ...{ taxClass, taxClassId: taxClass && `id of ${taxClass}` },
  });

  it('keeps two classes at one rate apart, and parts without a class', () => {
    const parts = [
      part(7, 'food', '10', '0.7'),
      part(7, 'books', '5', '0.35'),
      part(7, 'food', '1', '0.07'),
      part(7, null, '2', '0.14'),
      part(0, null, '3', '0'),
    ];
    expect(
      taxesByClass(parts).map(({ rate, taxClass, taxClassId, net, tax }) =>
        [rate.toFixed(), taxClass, taxClassId, net.toFixed(), tax.toFixed()].join(' '),
      ),
    ).toEqual([...['7 food id of food 11 0.77', '7 books id of books 5 0.35', '0   3 0', '7   2 0.14']]);
  });

  it('adds up to the taxes by rate, whatever the classes', () => {
    const cents = fc.integer({ min: -100_000, max: 100_000 }).map((value) => d(value).div(100));
    const parts = fc.array(
      fc.record({
        ...{ taxRate: fc.constantFrom(0, 7, 7.7, 19).map(d), net: cents, tax: cents },
        ...{ taxClass: fc.constantFrom(null, 'food', 'books'), taxClassId: fc.constantFrom(null, 'a', 'b') },
        giftCardPurpose: fc.constantFrom(null, 'multi_purpose' as const, 'single_purpose' as const),
      }),
    );
    fc.assert(
      fc.property(parts, (all) => {
        const byClass = taxesByClass(all);
        expect(taxesOf(byClass.map(({ rate: taxRate, ...total }) => ({ ...total, taxRate })))).toEqual(
          taxesOf(all),
        );
        const keys = byClass.map(
          ({ rate, taxClass, taxClassId }) => `${rate.toFixed()} ${taxClass} ${taxClassId}`,
        );
        expect(new Set(keys).size).toBe(keys.length);
      }),
    );
  });
});
