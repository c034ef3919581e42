import fc from 'fast-check';
import { sum, type Decimal } from '#kernel/decimal';
import { currencyExponent } from '#kernel/money';
import { installmentPlan, type InstallmentTerms } from '#subgraphs/payments/installments.rules';
import { amount } from '#test/harness/values';

const planOf = (value: string, rate: string, count: number, terms: Partial<InstallmentTerms> = {}) =>
  installmentPlan({
    amount: amount(value),
    currency: 'EUR',
    annualRate: amount(rate),
    count,
    method: 'annuity',
    startDate: '2026-01-01',
    ...terms,
  });
const texts = (values: readonly Decimal[]) => values.map((value) => value.toFixed());

it('P4: 1,200.00 at 12 % in twelve months is eleven times 106.62 and once 106.60', () => {
  const { schedule, ...plan } = planOf('1200.00', '12', 12);
  expect(texts(schedule.map(({ payment }) => payment))).toEqual([
    ...Array.from({ length: 11 }, () => '106.62'),
    '106.6',
  ]);
  expect(texts(schedule.map(({ balance }) => balance))).toEqual([
    '1105.38', '1009.81', '913.29', '815.8', '717.34', '617.89', '517.45', '416', '313.54', '210.06', '105.54', '0',
  ]); // prettier-ignore
  expect(texts([plan.payment, plan.lastPayment, plan.total, plan.interest, plan.effectiveRate])).toEqual([
    '106.62',
    '106.6',
    '1279.42',
    '79.42',
    '12.6825',
  ]);
});

it.each([
  ['1000.00', '9.9', 6, 'EUR', '171.51', '171.53', '29.08'],
  ['100000.00', '6', 360, 'EUR', '599.55', '600', '115838.45'],
  ['100000', '18', 10, 'JPY', '10843', '10848', '8435'],
  ['100.00', '0', 3, 'EUR', '33.33', '33.34', '0'],
  ['5.00', '0', 1, 'EUR', '5', '5', '0'],
  ['0.02', '0', 3, 'EUR', '0.01', '0', '0'],
])('P4: %s at %s %% in %s months, in %s', (value, rate, count, currency, payment, lastPayment, interest) => {
  const plan = planOf(value, rate, count, { currency });
  expect(texts([plan.payment, plan.lastPayment, plan.interest])).toEqual([payment, lastPayment, interest]);
});

it('P5: 1,000.00 flat at 12 % in seven months is 152.86 five times and 152.85 twice', () => {
  const { schedule, total, effectiveRate } = planOf('1000.00', '12', 7, { method: 'flat' });
  expect(texts(schedule.map(({ payment }) => payment))).toEqual([
    '152.86', '152.86', '152.86', '152.86', '152.86', '152.85', '152.85',
  ]); // prettier-ignore
  expect(texts([total, sum(schedule.map(({ interest }) => interest))])).toEqual(['1070', '70']);
  // The rate at which the payments are worth the amount.
  const monthly = effectiveRate.dividedBy(100).plus(1).pow(amount(1).dividedBy(12));
  const worth = sum(schedule.map(({ payment, number }) => payment.dividedBy(monthly.pow(number))));
  expect(worth.minus(1000).abs().lessThan('0.02')).toBe(true);
});

it('P6: due dates are counted from 31 January, and not from each other', () => {
  const dates = (startDate: string, count: number) =>
    planOf('100.00', '0', count, { startDate }).schedule.map(({ dueDate }) => dueDate);
  expect(dates('2026-01-31', 4)).toEqual(['2026-02-28', '2026-03-31', '2026-04-30', '2026-05-31']);
  expect(dates('2027-12-30', 3)).toEqual(['2028-01-30', '2028-02-29', '2028-03-30']);
});

it('the parts sum to the whole in any currency, and no part is negative', () => {
  const terms = fc.record({
    units: fc.integer({ min: 1, max: 100_000_000 }),
    currency: fc.constantFrom('EUR', 'JPY', 'KWD'),
    rate: fc.integer({ min: 0, max: 10_000 }),
    count: fc.integer({ min: 1, max: 120 }),
    method: fc.constantFrom<InstallmentTerms['method']>('annuity', 'flat'),
  });
  fc.assert(
    fc.property(terms, ({ units, currency, rate, count, method }) => {
      const places = currencyExponent(currency);
      const whole = amount(units).dividedBy(amount(10).pow(places));
      const { schedule, total, interest } = installmentPlan({
        amount: whole, currency, annualRate: amount(rate).dividedBy(100), count, method, startDate: '2026-01-31',
      }); // prettier-ignore
      expect(schedule).toHaveLength(count);
      expect(sum(schedule.map(({ principal }) => principal)).toFixed()).toBe(whole.toFixed());
      expect(total.toFixed()).toBe(whole.plus(interest).toFixed());
      expect(schedule.at(-1)!.balance.toFixed()).toBe('0');
      for (const part of schedule) {
        for (const value of [part.payment, part.interest, part.principal, part.balance]) {
          expect(value.isNegative() && !value.isZero()).toBe(false);
          expect(value.decimalPlaces()).toBeLessThanOrEqual(places);
        }
      }
    }),
    { numRuns: 100 },
  );
});
