/** The tax of shipping at several rates: it is split over the goods, and refunded in the same parts. */
import fc from 'fast-check';
import { Decimal, sum } from '#kernel/decimal';
import { NO_TAX_CLASS } from '#subgraphs/orders/pricing/pricing.rules';
import { amountShare } from '#subgraphs/orders/pricing/proration.rules';
import {
  joinedShipping,
  mainTaxShipping,
  shippingAmounts,
  shippingParts,
  taxedShipping,
  type ShippingTaxTerms,
  type TaxedGoods,
} from '#subgraphs/orders/pricing/shipping.rules';
import {
  returnedShipping,
  shippingLeft,
  shippingRefund,
  type RefundedShipping,
} from '#subgraphs/orders/refunds/shipping-refund.rules';

const d = (value: Decimal.Value) => new Decimal(value);
const TERMS = { currency: 'EUR', pricesIncludeTax: true, roundingMode: 'HALF_UP' as const };
const classOf = (taxClass: string) => ({ taxClassId: `id of ${taxClass}`, taxClass });
const goodsOf = (rate: number, total: string, net = total, taxClass = NO_TAX_CLASS): TaxedGoods => ({
  ...{ taxRate: d(rate), ...taxClass },
  amounts: { total: d(total), net: d(net) },
});
const GOODS = [goodsOf(7, '20.00', '18.69'), goodsOf(19, '50.00', '42.02'), goodsOf(19, '30.00', '25.21')];
const rule = (name: ShippingTaxTerms['rule']): ShippingTaxTerms => ({ rule: name, fixedRate: d('5.5') });
const taxed = (name: ShippingTaxTerms['rule'], price = '5.95', goods = GOODS, terms = TERMS) =>
  shippingAmounts(terms, taxedShipping(terms, rule(name), goods, d(price)));
const shown = (amounts: ReturnType<typeof taxed>) =>
  shippingParts(amounts).map(
    ({ rate, total, tax }) => `${rate.toFixed()} ${total.toFixed(2)} ${tax.toFixed(2)}`,
  );

it('S4: 5.95 over goods of 80.00 at 19 % and 20.00 at 7 % are 4.76 + 1.19, with 0.76 + 0.08 of tax', () => {
  const shipping = taxed('proportional');
  expect(shown(shipping)).toEqual(['19 4.76 0.76', '7 1.19 0.08']);
  expect(shipping).toEqual({
    shippingTotal: d('5.95'),
    shippingTax: d('0.84'),
    shippingTaxRate: d(19),
    shippingTaxes: [
      { rate: '19', total: '4.76', tax: '0.76', ...NO_TAX_CLASS },
      { rate: '7', total: '1.19', tax: '0.08', ...NO_TAX_CLASS },
    ],
  });
});

it('S4: the other rules have one rate: 0.95 at the highest one, the one of the settings, or none', () => {
  expect(shown(taxed('highest'))).toEqual(['19 5.95 0.95']);
  expect(shown(taxed('fixed'))).toEqual(['5.5 5.95 0.31']);
  expect(shown(taxed('none'))).toEqual(['0 5.95 0.00']);
  for (const name of ['highest', 'fixed', 'none'] as const) expect(taxed(name).shippingTaxes).toBeNull();
});

it('splits a price without tax by the net value of the goods, and adds the tax of each part', () => {
  const terms = { ...TERMS, pricesIncludeTax: false };
  const goods = [goodsOf(19, '95.20', '80.00'), goodsOf(7, '21.40', '20.00')];
  const shipping = taxed('proportional', '5.00', goods, terms);
  expect(shown(shipping)).toEqual(['19 4.76 0.76', '7 1.07 0.07']);
  expect(shipping.shippingTotal.toFixed(2)).toBe('5.83');
});

it('has one rate for goods of one rate, without goods, for free shipping, and for goods that cost nothing', () => {
  const one = (price: string, goods: TaxedGoods[]) => {
    const { shippingTaxRate, shippingTaxes } = taxed('proportional', price, goods);
    return [shippingTaxRate.toFixed(), shippingTaxes];
  };
  expect(one('5.95', GOODS.slice(1))).toEqual(['19', null]);
  expect(one('5.95', [])).toEqual(['5.5', null]);
  expect(one('0', GOODS)).toEqual(['19', null]);
  expect(one('5.95', [goodsOf(7, '0'), goodsOf(19, '0')])).toEqual(['19', null]);
  // A cent cannot be split.
  expect(one('0.01', GOODS)).toEqual(['19', null]);
});

it('has the tax class that all goods of its rate have in common, and keeps it in refunds', () => {
  const [food, books, tools] = ['food', 'books', 'tools'].map(classOf);
  const goods = [
    goodsOf(19, '80.00', '67.23', tools),
    goodsOf(7, '12.00', '11.21', food),
    goodsOf(7, '8.00', '7.48', books),
  ];
  const classes = (amounts: ReturnType<typeof taxed>) =>
    shippingParts(amounts).map(({ taxClass, taxClassId }) => [taxClass, taxClassId]);
  expect(classes(taxed('highest', '5.95', goods))).toEqual([['tools', 'id of tools']]);
  expect(shown(taxed('highest', '5.95', goods))).toEqual(['19 5.95 0.95']);
  const order = taxed('proportional', '5.95', goods);
  expect(shown(order)).toEqual(['19 4.76 0.76', '7 1.19 0.08']);
  const both = [
    ['tools', 'id of tools'],
    [null, null],
  ];
  expect(classes(order)).toEqual(both);
  const refund = shippingRefund(TERMS, order, d('3.00'), []);
  expect(classes(returnedShipping(refund))).toEqual(both);
  const left = shippingLeft(TERMS, { ...order, pricesIncludeTax: true }, shippingParts(refund));
  expect(classes(shippingAmounts(TERMS, left))).toEqual(both);
  // The rate of the settings, and free shipping, are of no class.
  for (const name of ['fixed', 'none'] as const)
    expect(classes(taxed(name, '5.95', goods))).toEqual([[null, null]]);
  expect(classes(taxed('highest', '0', goods))).toEqual([]);
  expect(mainTaxShipping(goods, d('5.95'))).toEqual({
    ...{ amount: d('5.95'), taxRate: d(19) },
    parts: [{ rate: d(19), amount: d('5.95'), ...tools }],
  });
});

it('refunds each rate by its share: 3.00 of 5.95 are 2.40 + 0.60, and the rest is the rest', () => {
  const order = taxed('proportional');
  const first = shippingRefund(TERMS, order, d('3.00'), []);
  expect(shown(first)).toEqual(['19 2.40 0.38', '7 0.60 0.04']);
  const rest = shippingRefund(TERMS, order, d('2.95'), shippingParts(first));
  expect(shown(rest)).toEqual(['19 2.36 0.38', '7 0.59 0.04']);
  expect(returnedShipping(rest)).toEqual({
    shippingTotal: d('-2.95'),
    shippingTax: d('-0.42'),
    shippingTaxRate: d(19),
    shippingTaxes: [
      { rate: '19', total: '-2.36', tax: '-0.38', ...NO_TAX_CLASS },
      { rate: '7', total: '-0.59', tax: '-0.04', ...NO_TAX_CLASS },
    ],
  });
  expect(shippingLeft(TERMS, { ...order, pricesIncludeTax: true }, shippingParts(first))).toEqual({
    amount: d('2.95'),
    taxRate: d(19),
    parts: [
      { rate: d(19), amount: d('2.36'), ...NO_TAX_CLASS },
      { rate: d(7), amount: d('0.59'), ...NO_TAX_CLASS },
    ],
  });
});

describe('Whatever the goods, the price and the refunds', () => {
  const cents = (max: number) => fc.integer({ min: 0, max }).map((value) => d(value).div(100));
  const goods = fc.array(
    fc.record({
      taxRate: fc.constantFrom(0, 2.5, 7, 8.1, 19, 25).map(d),
      ...{ taxClassId: fc.constantFrom(null, 'a', 'b'), taxClass: fc.constant('food') },
      amounts: fc.record({ net: cents(50_000), total: cents(50_000) }),
    }),
    { minLength: 1, maxLength: 12 },
  );

  it('the parts sum to the price, and no part is negative', () => {
    fc.assert(
      fc.property(goods, cents(5_000), fc.boolean(), (sold, price, pricesIncludeTax) => {
        const terms = { ...TERMS, pricesIncludeTax };
        const shipping = taxedShipping(terms, rule('proportional'), sold, price);
        const parts = shipping.parts ?? [{ rate: shipping.taxRate, amount: price }];
        expect(sum(parts.map(({ amount }) => amount)).equals(price)).toBe(true);
        expect(parts.every(({ amount }) => amount.greaterThanOrEqualTo(0))).toBe(true);
        const amounts = shippingAmounts(terms, shipping);
        const stored = shippingParts(amounts);
        expect(sum(stored.map(({ total }) => total)).equals(amounts.shippingTotal)).toBe(true);
        expect(sum(stored.map(({ tax }) => tax)).equals(amounts.shippingTax)).toBe(true);
      }),
    );
  });

  it('refunds in any amounts sum to the shipping and its taxes, at each rate', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 800 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(goods, cents(5_000), sizes, fc.boolean(), (sold, price, amounts, pricesIncludeTax) => {
        const terms = { ...TERMS, pricesIncludeTax };
        const order = taxed('proportional', price.toFixed(), sold, terms);
        const parts = shippingParts(order);
        fc.pre(parts.length > 0);
        let refunded: RefundedShipping[] = [];
        let left = order.shippingTotal;
        for (const size of [...amounts, Infinity]) {
          const amount = Decimal.min(left, d(size).div(100));
          if (amount.isZero()) break;
          const refund = shippingRefund(terms, order, amount, refunded);
          const taken = shippingParts(refund);
          expect(sum(taken.map(({ total }) => total)).equals(amount)).toBe(true);
          expect(taken.every(({ total, tax }) => !total.isNegative() && !tax.isNegative())).toBe(true);
          refunded = parts.map((_, at) => ({
            total: taken[at]!.total.plus(refunded[at]?.total ?? 0),
            tax: taken[at]!.tax.plus(refunded[at]?.tax ?? 0),
          }));
          left = left.minus(amount);
        }
        expect(refunded.map(({ total, tax }) => [total.toFixed(2), tax.toFixed(2)])).toEqual(
          parts.map(({ total, tax }) => [total.toFixed(2), tax.toFixed(2)]),
        );
      }),
    );
  });

  it('shipping at one rate is refunded as before', () => {
    fc.assert(
      fc.property(cents(5_000), fc.integer({ min: 1, max: 5_000 }), (price, size) => {
        const order = taxed('highest', price.toFixed());
        const amount = Decimal.min(price, d(size).div(100));
        fc.pre(!amount.isZero());
        const { tax } = amountShare(TERMS, { total: price, tax: order.shippingTax }, amount);
        expect(shippingRefund(TERMS, order, amount, [])).toEqual({
          ...{ shippingTotal: amount, shippingTax: tax, shippingTaxRate: d(19), shippingTaxes: null },
        });
      }),
    );
  });
});

describe('Several shipments', () => {
  it('are taxed by rate: 4.90 at 19 % and 4.90 at 7 %, and twice 4.90 at 19 % as 9.80', () => {
    const at = (rate: number) => taxedShipping(TERMS, rule('highest'), [goodsOf(rate, '10.00')], d('4.90'));
    const amounts = (...rates: number[]) => shippingAmounts(TERMS, joinedShipping(rates.map(at)));
    expect(shown(amounts(7, 19))).toEqual(['19 4.90 0.78', '7 4.90 0.32']);
    expect(amounts(19, 19)).toEqual({
      ...{ shippingTotal: d('9.80'), shippingTax: d('1.56'), shippingTaxRate: d(19), shippingTaxes: null },
    });
    expect(amounts(19)).toEqual(shippingAmounts(TERMS, at(19)));
  });

  it('sum to the whole, by any rule, and a class of all goods stays that of the tax', () => {
    const goods = fc
      .tuple(fc.constantFrom(0, 7, 19), fc.integer({ min: 1, max: 9_999 }))
      .map(([rate, size]) =>
        goodsOf(rate, d(size).div(100).toFixed(2), undefined, rate === 7 ? classOf('reduced') : undefined),
      );
    const shipment = fc.tuple(
      fc.integer({ min: 0, max: 2_000 }).map((size) => d(size).div(100)),
      fc.array(goods, { maxLength: 4 }),
    );
    const anyRule = fc.constantFrom<ShippingTaxTerms['rule']>('fixed', 'highest', 'proportional', 'none');
    fc.assert(
      fc.property(fc.array(shipment, { minLength: 1, maxLength: 5 }), anyRule, (shipments, name) => {
        const joined = joinedShipping(
          shipments.map(([price, items]) => taxedShipping(TERMS, rule(name), items, price)),
        );
        const whole = sum(shipments.map(([price]) => price));
        expect(joined.amount.equals(whole)).toBe(true);
        if (joined.parts) expect(sum(joined.parts.map(({ amount }) => amount)).equals(whole)).toBe(true);
        const stored = shippingAmounts(TERMS, joined);
        expect(stored.shippingTotal.equals(whole)).toBe(true);
        for (const { rate, taxClass } of joined.parts ?? [])
          expect(taxClass).toBe(rate.equals(7) && name !== 'fixed' ? 'reduced' : null);
      }),
    );
  });
});
