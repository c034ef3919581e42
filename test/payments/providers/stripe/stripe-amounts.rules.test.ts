import { currencyExponent } from '#kernel/money';
import { fromStripeAmount, toStripeAmount } from '#subgraphs/payments/providers/stripe/stripe-amounts.rules';
import { amount } from '#test/harness/values';

describe('amounts at Stripe', () => {
  it.each([
    ['12.50', 'EUR', 1250],
    ['1250', 'JPY', 1250],
    ['12', 'MGA', 12],
    ['5.12', 'KWD', 5120],
    ['5.120', 'TND', 5120],
    ['5', 'ISK', 500],
    ['5', 'UGX', 500],
    ['0.01', 'HUF', 1],
    ['99.99', 'TWD', 9999],
    ['999999999999999', 'EUR', 99999999999999900],
  ] as const)('P3: %s %s is %d', (...[value, currency, sent]) => {
    expect(toStripeAmount(amount(value), currency)).toBe(sent);
    expect(fromStripeAmount(sent, currency.toLowerCase())).toEqual(amount(value));
  });

  it.each([
    ['12.50', 'MGA', 'has no fractions there'],
    ['5.124', 'KWD', 'is not a multiple of ten thousandths'],
    ['5.50', 'ISK', 'has no fractions there'],
    ['5.01', 'UGX', 'has no fractions there'],
    ['1.5', 'JPY', 'has no fractions'],
    ['1', 'IQD', 'has three digits, and Stripe does not take the currency'],
  ])('P3: %s %s cannot be charged: it %s', (...[value, currency]) => {
    expect(toStripeAmount(amount(value), currency)).toBeUndefined();
  });

  it('P3: have exponents of their own: those of ISO 4217 would be wrong for MGA, ISK and UGX', () => {
    expect(['MGA', 'ISK', 'UGX'].map(currencyExponent)).toEqual([2, 0, 0]);
    expect(['MGA', 'ISK', 'UGX'].map((currency) => toStripeAmount(amount(7), currency))).toEqual([
      7, 700, 700,
    ]);
  });
});
