/** What is refused of the payments of a sale, word by word; test/orders/money-out.test.ts holds the sums. */
import { Decimal } from '../../kernel/decimal';
import { settle, type SettlementTerms } from '../../subgraphs/orders/settlement';
import { refusalOf } from '../harness/refusal';

const d = (value: string | number) => new Decimal(value);
const euros: SettlementTerms = { currency: 'EUR', roundingMode: 'HALF_UP', cashRoundingStep: d(0) };
const francs: SettlementTerms = { currency: 'CHF', roundingMode: 'HALF_UP', cashRoundingStep: d('0.05') };
const given = (method: string, amount: string, reference?: string) => ({ method, amount: d(amount), reference });

it('takes the change out of the cash, whatever stands behind it, and keeps references', () => {
  const settled = settle(euros, d('10'), [given('cash', '20'), given('card', '5', 'T-1')]);
  expect(settled).toEqual({
    tenders: [
      { method: 'cash', amount: d('5'), reference: null },
      { method: 'card', amount: d('5'), reference: 'T-1' },
    ],
    rounding: d('0'),
    total: d('10'),
    paid: d('25'),
    change: d('15'),
  });
});

it('rounds what is paid in cash by the rule of the organization', () => {
  const total = (roundingMode: 'HALF_UP' | 'HALF_EVEN') =>
    settle({ ...francs, roundingMode }, d('0.125'), [given('cash', '1')]).total.toFixed();
  expect([total('HALF_UP'), total('HALF_EVEN')]).toEqual(['0.15', '0.1']);
});

it('names every amount that is wrong', () => {
  const wrong = [given('card', '-1'), given('cash', '1'), given('cash', '1.001'), given('card', '1000000000000.01')];
  const errors = [
    { field: 'payments.0.amount', message: 'Must not be negative.', code: 'NEGATIVE' },
    { field: 'payments.2.amount', message: 'EUR does not have that many digits.', code: 'PRECISION' },
    { field: 'payments.3.amount', message: 'Is too large.', code: 'TOO_LARGE' },
  ];
  expect(refusalOf(() => settle(euros, d('1'), wrong))).toEqual({
    code: 'VALIDATION_FAILED',
    message:
      'payments.0.amount: Must not be negative. payments.2.amount: EUR does not have that many digits. payments.3.amount: Is too large.',
    errors,
    facts: undefined,
  });
  expect(refusalOf(() => settle(euros, d('1'), [given('cash', '1000000000000.01')])).errors?.[0]?.code).toBe('TOO_LARGE');
  expect(settle(euros, d('1'), [given('cash', '1000000000000')]).change.toFixed()).toBe('999999999999');
});

it('names the last payment without change where they are more than the total', () => {
  const message = 'The payments are more than the total of 10.00 EUR; only cash is given change for.';
  const payments = [given('card', '6'), given('card', '6'), given('cash', '5')];
  expect(refusalOf(() => settle(euros, d('10'), payments))).toEqual({
    code: 'VALIDATION_FAILED',
    message,
    errors: [{ field: 'payments.1.amount', message, code: 'OVERPAID' }],
    facts: { total: '10.00' },
  });
});

it('says how much is missing', () => {
  const message = 'The payments do not cover the total of 10.02 CHF: 1.00 is missing.';
  expect(refusalOf(() => settle(francs, d('10.02'), [given('card', '4'), given('cash', '5')]))).toEqual({
    code: 'PAYMENT_INSUFFICIENT',
    message,
    errors: [{ field: 'payments', message, code: 'PAYMENT_INSUFFICIENT' }],
    facts: { missing: '1.00', total: '10.02', currency: 'CHF' },
  });
});
