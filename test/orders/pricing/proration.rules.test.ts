import fc from 'fast-check';
import { sum } from '#kernel/decimal';
import * as pricingRules from '#subgraphs/orders/pricing/pricing.rules';
import { returnedShare, type SoldLine } from '#subgraphs/orders/pricing/proration.rules';
import { required } from '#test/harness/refusal';
import { amount as d } from '#test/harness/values';

const calculateSale = required(pricingRules.calculateSale);

describe('returnedShare', () => {
  const terms = { currency: 'EUR', roundingMode: 'HALF_UP', pricesIncludeTax: true } as const;
  const sold = (quantity: string, price: string, percent: string, pricesIncludeTax = true): SoldLine => {
    const discount = { percent: d(percent) };
    const line = calculateSale({ ...terms, pricesIncludeTax }, [
      { quantity: d(quantity), unitPrice: d(price), taxRate: d(19), discount },
    ]).lines[0]!;
    return { ...line, quantity: d(quantity), refundedQuantity: d(0) };
  };

  it('O3: refunds three for 10.00 as 3.33, 3.34 and 3.33, with 0.53, 0.54 and 0.53 of its tax', () => {
    let line = {
      ...sold('3', '3.3333', '0'),
      total: d(10),
      subtotal: d(10),
      gross: d(10),
      net: d('8.40'),
      tax: d('1.60'),
    };
    const parts = [1, 2, 3].map(() => {
      const share = returnedShare(terms, line, d(1));
      line = { ...line, refundedQuantity: line.refundedQuantity.plus(1) };
      return [share.total, share.tax].map((value) => value.toFixed(2));
    });
    // The tax of 3.33 is 0.53 each time it is calculated anew: a cent of the 1.60 would stay for ever.
    expect(parts).toEqual([
      ['3.33', '0.53'],
      ['3.34', '0.54'],
      ['3.33', '0.53'],
    ]);
  });

  it('refunds the line to the last cent, in any parts', () => {
    const parts = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(
        parts,
        fc.integer({ min: 0, max: 99_999 }),
        fc.integer({ min: 0, max: 100 }),
        fc.boolean(),
        (sizes, price, off, inclusive) => {
          const quantities = sizes.map((size) => d(size).div(8));
          let line = sold(sum(quantities).toFixed(), d(price).div(100).toFixed(), String(off), inclusive);
          const whole = line;
          const shares = quantities.map((quantity) => {
            const share = returnedShare({ ...terms, pricesIncludeTax: inclusive }, line, quantity);
            line = { ...line, refundedQuantity: line.refundedQuantity.plus(quantity) };
            expect(share.total.greaterThanOrEqualTo(0)).toBe(true);
            return share;
          });
          for (const name of ['total', 'tax', 'net', 'subtotal', 'discount', 'gross'] as const) {
            expect(sum(shares.map((share) => share[name])).toFixed()).toBe(whole[name].toFixed());
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
