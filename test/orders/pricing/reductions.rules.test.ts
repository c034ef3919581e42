/** Several discounts on one sale: their order, their shares of the lines, and what a return takes back of each. */
import fc from 'fast-check';
import { ZERO, sum, type Decimal } from '#kernel/decimal';
import { allocate } from '#kernel/money';
import * as rules from '#subgraphs/orders/pricing/pricing.rules';
import type { PricingTerms, Reduction, SaleLine, SaleTotals } from '#subgraphs/orders/pricing/pricing.rules';
import { amountShare, discountShares, returnedShare } from '#subgraphs/orders/pricing/proration.rules';
import { required } from '#test/harness/refusal';
import { amount as d, textOf } from '#test/harness/values';

const calculateSale = required(rules.calculateSale);
const euros: PricingTerms = { currency: 'EUR', roundingMode: 'HALF_UP', pricesIncludeTax: true };
const line = (quantity: number, unitPrice: string, taxRate = 19): SaleLine => ({
  quantity: d(quantity),
  unitPrice: d(unitPrice),
  taxRate: d(taxRate),
});
const texts = (amounts: readonly Decimal[]) => amounts.map((amount) => amount.toFixed(2));
const shown = (sale: SaleTotals) =>
  sale.reductions.map(({ source, label, amounts }) => [source, label, ...texts(amounts)]);

describe('an order discount', () => {
  it.each([
    ['10.00', ['19.99', '5.00', '5.01'], ['6.66', '1.67', '1.67']],
    ['10.00', ['10.00', '10.00', '10.00'], ['3.34', '3.33', '3.33']],
    ['0.05', Array<string>(7).fill('1.00'), ['0.01', '0.01', '0.01', '0.01', '0.01', '0.00', '0.00']],
  ])('O1: of %s over %j is spread as %j', (discount, prices, shares) => {
    const lines = prices.map((price) => line(1, price));
    const sale = calculateSale(euros, lines, { amount: d(discount) });
    expect(texts(sale.lines.map((priced) => priced.discount))).toEqual(shares);
    expect(shown(sale)).toEqual([['order', null, ...shares]]);
  });

  it('O2: of 12.5 % over lines of two rates is exact to the cent, and so are the returns of a line', () => {
    const lines = [line(3, '19.99'), line(2, '4.50', 7), line(1, '2.95')];
    const sale = calculateSale(euros, lines, { percent: d('12.5') });
    expect(texts([sale.subtotal, sale.discountTotal, sale.total, sale.taxTotal])).toEqual(
      ['71.92', '8.99', '62.93', '9.31'],
    ); // prettier-ignore
    expect(shown(sale)).toEqual([['order', null, '7.50', '1.12', '0.37']]);
    expect(texts(sale.lines.map(({ total }) => total))).toEqual(['52.47', '7.88', '2.58']);
    expect(texts(sale.lines.map(({ tax }) => tax))).toEqual(['8.38', '0.52', '0.41']);
    const first = { ...sale.lines[0]!, quantity: d(3) };
    const returns = [0, 1, 2].map((before) =>
      returnedShare(euros, { ...first, refundedQuantity: d(before) }, d(1)),
    );
    expect(returns.map(({ total, tax }) => texts([total, tax]))).toEqual([
      ['17.49', '2.79'],
      ['17.49', '2.80'],
      ['17.49', '2.79'],
    ]);
  });

  it('O4: does not move from a returned line to the lines that the customer keeps', () => {
    const totals = (prices: readonly string[], amount: string) =>
      texts(
        calculateSale(euros, prices.map((price) => line(1, price)), { amount: d(amount) }).lines.map(
          ({ total }) => total,
        ),
      ); // prettier-ignore
    expect(totals(['60', '40'], '10')).toEqual(['54.00', '36.00']);
    expect(totals(['150', '60'], '42')).toEqual(['120.00', '48.00']);
  });
});

it('subtracts the discounts of lines, campaigns and codes, of the order, and points, in this order', () => {
  const campaign = { source: 'campaign', label: 'Summer', campaignId: 'c1' } as const;
  const reductions: Reduction[] = [
    { source: 'points', label: '100 points', amounts: [d(1), d(0)] },
    { ...campaign, amounts: [d('0.90'), d(0)] },
    { source: 'code', label: 'WELCOME10', campaignId: 'c2', codeId: 'k1', amounts: [d('0.81'), d(2)] },
  ];
  const discounted = { ...line(1, '10.00'), discount: { percent: d(10) } };
  // 10.00 − 1.00 − 0.90 − 0.81 = 7.29, and 20.00 − 2.00 = 18.00; a tenth of 25.29 is 2.53, then 1.00 by points.
  const sale = calculateSale(euros, [discounted, line(1, '20.00')], { percent: d(10) }, reductions);
  expect(shown(sale)).toEqual([
    ['line', null, '1.00', '0.00'],
    ['campaign', 'Summer', '0.90', '0.00'],
    ['code', 'WELCOME10', '0.81', '2.00'],
    ['order', null, '0.73', '1.80'],
    ['points', '100 points', '1.00', '0.00'],
  ]);
  expect(texts(sale.lines.map(({ total }) => total))).toEqual(['5.56', '16.20']);
  expect(sale.reductions[1]!.campaignId).toBe('c1');
});

it('rejects a reduction of more than remains of a line', () => {
  const reductions: Reduction[] = [{ source: 'campaign', label: 'Too much', amounts: [d('10.01')] }];
  expect(() => calculateSale(euros, [line(1, '10.00')], null, reductions)).toThrow('exceeds the amount');
});

describe('refunds of amounts', () => {
  const three = { ...line(3, '3.3333'), subtotal: d(10), discount: d(0), net: d('8.40'), tax: d('1.60'), total: d(10), gross: d(10) }; // prettier-ignore

  it.each([
    ['1.00, then the three units', [['1.00'], [1], [1], [1]], ['1.00', '3.00', '3.00', '3.00']],
    ['one unit, 1.00, then two units', [[1], ['1.00'], [1], [1]], ['3.33', '1.00', '2.84', '2.83']],
  ] as const)('O5: %s, sum to the line', (_, steps, expected) => {
    let state = { subtotal: ZERO, discount: ZERO, tax: ZERO, total: ZERO, byAmount: false };
    let refundedQuantity = ZERO;
    const parts = steps.map(([step]) => {
      const share =
        typeof step === 'string'
          ? amountShare(euros, three, d(step), state)
          : returnedShare(euros, { ...three, refundedQuantity }, d(step), state);
      if (typeof step === 'number') refundedQuantity = refundedQuantity.plus(step);
      state = {
        subtotal: state.subtotal.plus(share.subtotal),
        discount: state.discount.plus(share.discount),
        tax: state.tax.plus(share.tax),
        total: state.total.plus(share.total),
        byAmount: state.byAmount || typeof step === 'string',
      };
      return share;
    });
    expect(texts(parts.map(({ total }) => total))).toEqual(expected);
    expect([state.total, state.tax, state.subtotal].map(textOf)).toEqual(['10', '1.6', '10']);
  });

  it('O6: spreads 50.00 over what is left of lines of 119.00 and 107.00, with the tax of each', () => {
    const sale = calculateSale(euros, [line(1, '119.00'), line(1, '107.00', 7)]);
    const amounts = allocate(d(50), sale.lines.map(({ total }) => total), 'EUR'); // prettier-ignore
    const shares = amounts.map((amount, index) => amountShare(euros, sale.lines[index]!, amount));
    expect(shares.map(({ total, tax }) => texts([total, tax]))).toEqual([
      ['26.33', '4.20'],
      ['23.67', '1.55'],
    ]);
  });
});

// --- Properties ---

const currencies = fc.constantFrom('JPY', 'EUR', 'KWD');
const modes = fc.constantFrom('HALF_UP' as const, 'HALF_EVEN' as const);
const anyTerms = fc
  .tuple(currencies, modes, fc.boolean())
  .map(([currency, roundingMode, pricesIncludeTax]): PricingTerms => ({
    currency,
    roundingMode,
    pricesIncludeTax,
  }));
const anyLine = fc
  .tuple(
    fc.integer({ min: 1, max: 40 }),
    fc.integer({ min: 0, max: 99_999 }),
    fc.constantFrom(0, 7, 19, 25.5),
    fc.option(fc.integer({ min: 0, max: 100 })),
  )
  .map(([eighths, price, rate, percent]): SaleLine => ({
    quantity: d(eighths).div(8),
    unitPrice: d(price).div(1000),
    taxRate: d(rate),
    discount: percent === null ? null : { percent: d(percent) },
  }));
const anyLines = fc.array(anyLine, { minLength: 1, maxLength: 8 }); // prettier-ignore

/** Reductions of random shares of what remains of each line. */
function reductionsOf(terms: PricingTerms, lines: readonly SaleLine[], percents: readonly number[]): Reduction[] {
  const { lines: priced } = calculateSale(terms, lines);
  let left = priced.map(({ subtotal, discount }) => subtotal.minus(discount));
  return percents.map((percent, index) => {
    const whole = sum(left).times(percent).dividedBy(400);
    const amounts = allocate(rules.taxOf({ ...terms, pricesIncludeTax: false }, whole, d(100)), left, terms.currency);
    left = left.map((amount, at) => amount.minus(amounts[at]!));
    return { source: index === percents.length - 1 ? 'points' : 'campaign', label: `R${index}`, amounts };
  });
} // prettier-ignore

it('freezes discounts that sum to the discount of each line, under any mix of them', () => {
  fc.assert(
    fc.property(anyTerms, anyLines, fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 4 }), fc.integer({ min: 0, max: 40 }), (terms, lines, percents, orderPercent) => {
      const reductions = reductionsOf(terms, lines, percents).slice(0, -1);
      const sale = calculateSale(terms, lines, { percent: d(orderPercent) }, reductions);
      sale.lines.forEach((priced, index) => {
        const parts = sale.reductions.map(({ amounts }) => amounts[index] ?? ZERO);
        expect(sum(parts).toFixed()).toBe(priced.discount.toFixed());
        expect(priced.total.isNegative() && !priced.total.isZero()).toBe(false);
      });
      const ofTax = terms.pricesIncludeTax ? ZERO : sale.taxTotal;
      expect(sale.subtotal.minus(sale.discountTotal).plus(ofTax).toFixed()).toBe(sale.total.toFixed());
    }),
    { numRuns: 150 },
  );
}); // prettier-ignore

it('charges the same total for any order of the lines', () => {
  fc.assert(
    fc.property(anyTerms, anyLines, fc.integer({ min: 0, max: 100 }), (terms, lines, percent) => {
      const totals = [lines, lines.toReversed()].map((permuted) => calculateSale(terms, permuted, { percent: d(percent) }));
      const quoted = totals.map(({ subtotal, discountTotal }) => subtotal.minus(discountTotal).toFixed());
      expect(quoted[0]).toBe(quoted[1]);
    }),
    { numRuns: 100 },
  );
}); // prettier-ignore

it('takes back each discount completely over all returns of a line', () => {
  const discounts = fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 4 });
  const parts = fc.array(fc.integer({ min: -20, max: 900 }), { maxLength: 5 });
  fc.assert(
    fc.property(discounts, parts, (cents, steps) => {
      const amounts = cents.map((cent) => d(cent).div(100));
      let before = ZERO;
      const taken = amounts.map(() => ZERO);
      const take = (discount: Decimal) => {
        const shares = discountShares(euros, amounts, before, discount);
        expect(sum(shares).toFixed()).toBe(discount.toFixed());
        shares.forEach((share, index) => (taken[index] = taken[index]!.plus(share)));
        before = before.plus(discount);
      };
      for (const step of steps) take(d(step).div(100));
      take(sum(amounts).minus(before));
      expect(taken.map(textOf)).toEqual(amounts.map(textOf));
    }),
    { numRuns: 200 },
  );
});
