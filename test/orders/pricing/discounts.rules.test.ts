/** Errors of discounts, word by word, and how their halves are rounded; pricing.rules.test.ts has the sums. */
import type { RoundingMode } from '#kernel/money';
import * as rules from '#subgraphs/orders/pricing/pricing.rules';
import { taxOf, type Discount } from '#subgraphs/orders/pricing/pricing.rules';
import { returnedShare } from '#subgraphs/orders/pricing/proration.rules';
import { refusalOf, required } from '#test/harness/refusal';
import { amount as d } from '#test/harness/values';

const calculateSale = required(rules.calculateSale);
const terms = (roundingMode: RoundingMode) =>
  ({ currency: 'EUR', roundingMode, pricesIncludeTax: true }) as const;
const one = (discount?: Discount) => [{ quantity: d(1), unitPrice: d('3.50'), taxRate: d(19), discount }];

it.each([
  [{ percent: d(101) }, 'discount.percent', 'A discount must be 0 to 100 percent.'],
  [{ percent: d('-0.01') }, 'discount.percent', 'A discount must be 0 to 100 percent.'],
  [{ amount: d('-0.01') }, 'discount.amount', 'A discount must not be negative.'],
  [{ amount: d('3.51') }, 'discount.amount', 'The discount of 3.51 EUR exceeds the amount of 3.50 EUR.'],
  [{ amount: d('0.001') }, 'discount.amount', 'EUR does not have that many digits.'],
  [{ amount: d(1), percent: d(1) }, 'discount', 'A discount must be a percentage or an amount, not both.'],
])('refuses %j', (discount, field, message) => {
  const refusal = (at: string) => ({ code: 'DISCOUNT_INVALID', message, errors: [{ field: at, message, code: 'DISCOUNT_INVALID' }], details: undefined });
  expect(refusalOf(() => calculateSale(terms('HALF_UP'), one(), discount))).toEqual(refusal(field));
  expect(refusalOf(() => calculateSale(terms('HALF_UP'), one(discount)))).toEqual(refusal(`items.0.${field}`));
}); // prettier-ignore

it('takes the whole of it, and nothing', () => {
  const totals = [{ percent: d(100) }, { amount: d('3.50') }, { percent: d(0) }, { amount: d(0) }, {}].map(
    (discount) => calculateSale(terms('HALF_UP'), one(discount)).total.toFixed(2),
  );
  expect(totals).toEqual(['0.00', '0.00', '3.50', '3.50', '3.50']);
});

it('rounds discount, tax and returned shares by the rule of the organization', () => {
  const of = (roundingMode: RoundingMode) => {
    const exclusive = { ...terms(roundingMode), pricesIncludeTax: false };
    const sold = {
      quantity: d(2),
      refundedQuantity: d(0),
      subtotal: d('0.05'),
      discount: d(0),
      net: d('0.05'),
      tax: d(0),
      total: d('0.05'),
      gross: d('0.05'),
    };
    return [
      // A tenth of 0.25 is 0.025, and half of 0.05.
      calculateSale(terms(roundingMode), [{ quantity: d(1), unitPrice: d('0.25'), taxRate: d(0), discount: { percent: d(10) } }]).discountTotal,
      calculateSale(terms(roundingMode), [{ quantity: d(1), unitPrice: d('0.25'), taxRate: d(0) }], { percent: d(10) }).discountTotal,
      taxOf(exclusive, d('0.25'), d(10)),
      returnedShare(terms(roundingMode), sold, d(1)).total,
      calculateSale(terms(roundingMode), [{ quantity: d('0.1'), unitPrice: d('0.25'), taxRate: d(0) }]).total,
    ].map((amount) => amount.toFixed()); // prettier-ignore
  };
  expect(of('HALF_UP')).toEqual(Array(5).fill('0.03'));
  expect(of('HALF_EVEN')).toEqual(Array(5).fill('0.02'));
});
