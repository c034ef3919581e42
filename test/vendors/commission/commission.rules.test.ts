import fc from 'fast-check';
import { ZERO, sum, type Decimal } from '#kernel/decimal';
import { allocate } from '#kernel/money';
import {
  commissionOf,
  matchingRule,
  reversedCommission,
  shippingShares,
  taxOnCommission,
  type FrozenCommission,
  type RuleScope,
  type RuleTerms,
} from '#subgraphs/vendors/commission/commission.rules';
import { amount } from '#test/harness/values';

const terms = (changes: Partial<RuleTerms> = {}): RuleTerms => ({
  kind: 'percent',
  value: amount('12.5'),
  tiers: [],
  base: 'net',
  minimum: null,
  maximum: null,
  ...changes,
});
const scope = (changes: Partial<RuleScope> = {}): RuleScope => ({
  vendorIds: [],
  categoryIds: [],
  productIds: [],
  validFrom: null,
  validUntil: null,
  ...changes,
});
const NOTHING = { net: ZERO, total: ZERO };
const line = (net: string | number, total: string | number = net, quantity = 1) => ({
  net: amount(net),
  total: amount(total),
  quantity: amount(quantity),
});
const text = (value: Decimal) => value.toFixed(2);

it('V1: takes 12.5 % of the net 84.03 of 100.00 with 19 % tax, and tax apart: the vendor gets 87.50', () => {
  const commission = commissionOf(terms(), line('84.03', '100.00'), NOTHING, 'EUR');
  const tax = taxOnCommission(commission, amount(19), 'EUR');
  expect([text(commission), text(tax), text(amount(100).minus(commission).minus(tax))]).toEqual([
    '10.50',
    '2.00',
    '87.50',
  ]);
  const gross = commissionOf(terms({ base: 'gross' }), line('84.03', '100.00'), NOTHING, 'EUR');
  expect(text(gross)).toBe('12.50');
});

const frozen = (changes: Partial<FrozenCommission> = {}): FrozenCommission => ({
  ...line(100, 100, 3),
  commission: amount(10),
  commissionTax: amount('1.90'),
  refundedQuantity: ZERO,
  refundedTotal: ZERO,
  commissionReversed: ZERO,
  commissionTaxReversed: ZERO,
  ...changes,
});

/** The reversals of refunds, one after the other. */
function reversals(start: FrozenCommission, refunds: readonly { quantity: Decimal; total: Decimal }[]) {
  let state = start;
  return refunds.map((refund) => {
    const reversed = reversedCommission(state, refund, 'EUR');
    state = {
      ...state,
      refundedQuantity: state.refundedQuantity.plus(refund.quantity),
      refundedTotal: state.refundedTotal.plus(refund.total),
      commissionReversed: state.commissionReversed.plus(reversed.commission),
      commissionTaxReversed: state.commissionTaxReversed.plus(reversed.commissionTax),
    };
    return reversed;
  });
}

it('V2: reverses 10.00 on three units that return one by one as 3.33, 3.34, 3.33', () => {
  const refunds = ['33.33', '33.34', '33.33'].map((total) => ({ quantity: amount(1), total: amount(total) }));
  expect(reversals(frozen(), refunds).map(({ commission }) => text(commission))).toEqual([
    '3.33',
    '3.34',
    '3.33',
  ]);
});

it('V4: takes graded commission by the parts of the sale: 15.00 + 20.00 = 35.00', () => {
  const graded = terms({
    value: null,
    tiers: [
      { from: '0', percent: '15' },
      { from: '1000', percent: '10' },
    ],
  });
  const before = { net: amount(900), total: amount(900) };
  expect(text(commissionOf(graded, line(300), before, 'EUR'))).toBe('35.00');
  expect(text(commissionOf(graded, line(300), NOTHING, 'EUR'))).toBe('45.00');
  expect(text(commissionOf(graded, line(300), { net: amount(1000), total: amount(1000) }, 'EUR'))).toBe(
    '30.00',
  );
  // The refund reverses what was recorded, in proportion.
  const third = { quantity: ZERO, total: amount(100) };
  const [reversed] = reversals(frozen({ ...line(300), commission: amount(35) }), [third]);
  expect(text(reversed!.commission)).toBe('11.67');
});

it('V5: splits discount, shipping and commission of three vendors to the cent', () => {
  const goods = ['40.00', '25.50', '12.30'].map(amount);
  const discount = allocate(amount(5), goods, 'EUR');
  expect(discount.map(text)).toEqual(['2.57', '1.64', '0.79']);
  const lines = goods.map((total, index) => ({
    vendorId: `v${index}`,
    total: total.minus(discount[index]!),
  }));
  const shipping = [...shippingShares(amount('6.99'), lines, 'EUR').values()];
  expect(shipping.map(text)).toEqual(['3.59', '2.29', '1.11']);
  const commission = lines.map(({ total }) => commissionOf(terms(), line(total.toFixed()), NOTHING, 'EUR'));
  expect([...commission.map(text), text(sum(commission))]).toEqual(['4.68', '2.98', '1.44', '9.10']);
});

it('V8: a rule with a category that is gone has no match, never every product', () => {
  const item = { vendorId: 'v', productId: 'p', categoryIds: ['c', 'above'] };
  const now = new Date('2026-11-27T12:00:00Z');
  const match = (changes: Partial<RuleScope>) => matchingRule([scope(changes)], item, now) !== undefined;
  expect(match({ categoryIds: ['gone'] })).toBe(false);
  expect(matchingRule([scope({ categoryIds: ['gone'] })], { ...item, categoryIds: [] }, now)).toBeUndefined();
  expect([
    match({}),
    match({ categoryIds: ['above'] }),
    match({ vendorIds: ['v'], productIds: ['p'] }),
  ]).toEqual([true, true, true]);
  expect([match({ vendorIds: ['other'] }), match({ vendorIds: ['v'], productIds: ['q'] })]).toEqual([
    false,
    false,
  ]);
  expect([match({ validFrom: now }), match({ validUntil: now })]).toEqual([true, false]);
});

it('lets the first rule decide, and keeps to minimum and maximum; a fixed amount is for each unit', () => {
  const [first, second] = [scope(), scope()];
  expect(matchingRule([first, second], { vendorId: 'v', productId: 'p', categoryIds: [] }, new Date())).toBe(
    first,
  );
  const of = (changes: Partial<RuleTerms>) =>
    text(commissionOf(terms(changes), line(100, 119, 3), NOTHING, 'EUR'));
  expect([
    of({ kind: 'fixed', value: amount('1.20') }),
    of({ minimum: amount(20) }),
    of({ maximum: amount(5) }),
    text(commissionOf(terms(), line(100), NOTHING, 'JPY')),
  ]).toEqual(['3.60', '20.00', '5.00', '13.00']);
});

const cents = (min: number, max: number) =>
  fc.integer({ min, max }).map((value) => amount(value).dividedBy(100));

it('the reversals of a line sum to its commission, whatever its refunds', () => {
  fc.assert(
    fc.property(
      cents(0, 100_000),
      cents(0, 20_000),
      fc.array(cents(1, 50_000), { minLength: 1, maxLength: 8 }),
      (commission, tax, parts) => {
        const total = sum(parts);
        const sold = frozen({ ...line(total.toFixed(), total.toFixed()), commission, commissionTax: tax });
        const steps = reversals(
          sold,
          parts.map((part) => ({ quantity: ZERO, total: part })),
        );
        expect(sum(steps.map((step) => step.commission))).toEqual(commission);
        expect(sum(steps.map((step) => step.commissionTax))).toEqual(tax);
        expect(steps.every((step) => !step.commission.isNegative() || step.commission.isZero())).toBe(true);
      },
    ),
  );
});

it('the parts of a graded commission sum to that of the whole month, but for the rounding of each sale', () => {
  const graded = terms({
    value: null,
    tiers: [
      { from: '0', percent: '20' },
      { from: '50', percent: '10' },
      { from: '200', percent: '5' },
    ],
  });
  fc.assert(
    fc.property(fc.array(cents(1, 30_000), { minLength: 1, maxLength: 8 }), (sales) => {
      let before = ZERO;
      const parts = sales.map((net) => {
        const part = commissionOf(graded, line(net.toFixed()), { net: before, total: before }, 'EUR');
        before = before.plus(net);
        return part;
      });
      const whole = commissionOf(graded, line(before.toFixed()), NOTHING, 'EUR');
      expect(sum(parts).minus(whole).abs().toNumber()).toBeLessThanOrEqual(0.005 * (sales.length + 1));
    }),
  );
});
