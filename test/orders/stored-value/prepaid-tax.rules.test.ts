import fc from 'fast-check';
import { Decimal, ZERO, sum } from '#kernel/decimal';
import { prepaidTax, type PrepaidTax } from '#subgraphs/orders/stored-value/prepaid-tax.rules';
import { amount } from '#test/harness/values';

const TERMS = { currency: 'EUR', roundingMode: 'HALF_UP', pricesIncludeTax: true } as const;
const CLASS = { taxClassId: 'id of food', taxClass: 'food' };
const texts = (tax: PrepaidTax | undefined) => tax && [tax.net.toFixed(2), tax.tax.toFixed(2)];

it('subtracts the tax of what a single-purpose card pays: all of 50.00 at 19 % had 7.98', () => {
  const card = (balance: number) => ({ ...CLASS, taxRate: amount(19), balance: amount(balance) });
  expect(texts(prepaidTax(TERMS, card(0), amount(-50)))).toEqual(['-42.02', '-7.98']);
  expect(texts(prepaidTax(TERMS, card(30), amount(-20)))).toEqual(['-16.81', '-3.19']);
  expect(texts(prepaidTax(TERMS, card(50), amount(20)))).toEqual(['16.81', '3.19']);
  // Prices without tax change nothing: a balance is what the customer paid.
  expect(texts(prepaidTax({ ...TERMS, pricesIncludeTax: false }, card(0), amount(-50)))).toEqual([
    '-42.02',
    '-7.98',
  ]);
  expect(prepaidTax(TERMS, card(0), amount(-50))).toMatchObject({ ...CLASS, taxRate: amount(19) });
});

it('changes nothing for a multi-purpose card', () => {
  expect(
    prepaidTax(TERMS, { taxRate: null, taxClassId: null, taxClass: null, balance: amount(5) }, amount(-5)),
  ).toBeUndefined();
});

it('subtracts the tax of the sale to the last cent, in any parts', () => {
  const parts = fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(parts, fc.constantFrom(7, 19, 21, 5.5), (cents, rate) => {
      const taxRate = amount(rate);
      const amounts = cents.map((part) => new Decimal(part).dividedBy(100));
      const whole = prepaidTax(TERMS, { ...CLASS, taxRate, balance: ZERO }, sum(amounts).negated())!;
      let balance = sum(amounts);
      const taxes = amounts.map((part) => {
        balance = balance.minus(part);
        return prepaidTax(TERMS, { ...CLASS, taxRate, balance }, part.negated())!;
      });
      expect(sum(taxes.map(({ tax }) => tax))).toEqual(whole.tax);
      expect(sum(taxes.map(({ net }) => net))).toEqual(whole.net);
    }),
  );
});
