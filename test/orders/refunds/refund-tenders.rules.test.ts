import fc from 'fast-check';
import { Decimal, sum } from '#kernel/decimal';
import * as rules from '#subgraphs/orders/refunds/refund-tenders.rules';
import type { RefundablePayment } from '#subgraphs/orders/refunds/refund-tenders.rules';
import type { SettlementTerms } from '#subgraphs/orders/pricing/settlement.rules';
import { codesOf, refusalOf, required } from '#test/harness/refusal';
import { amount as d } from '#test/harness/values';
import type { PaymentMethodKind } from '#subgraphs/payments/inputs.generated';

const refundTenders = required(rules.refundTenders);
const chosenTenders = required(rules.chosenTenders);
const euros: SettlementTerms = { currency: 'EUR', roundingMode: 'HALF_UP', cashRoundingStep: d(0) };
const francs: SettlementTerms = { currency: 'CHF', roundingMode: 'HALF_UP', cashRoundingStep: d('0.05') };
const left = (method: PaymentMethodKind, value: string): RefundablePayment => ({
  id: `${method}-1`,
  method,
  left: d(value),
});
const given = (method: PaymentMethodKind, value: string, reference?: string) => ({
  method,
  amount: d(value),
  reference,
});

describe('a refund by the methods of the sale', () => {
  it('names the payment that each tender refunds', () => {
    const { tenders, total } = refundTenders(euros, d('15'), [left('card', '12'), left('cash', '50')]);
    expect(tenders).toEqual([
      { method: 'card', amount: d('12'), reference: null, refundedPaymentId: 'card-1' },
      { method: 'cash', amount: d('3'), reference: null, refundedPaymentId: 'cash-1' },
    ]);
    expect(total.toFixed()).toBe('15');
  });

  it('gives the coin that no payment has room for alone, in cash', () => {
    // Both payments are worth no sum of coins, as goods in an exchange are; 4.88 is paid as 4.90.
    const { tenders, total } = refundTenders(francs, d('4.88'), [left('cash', '2.03'), left('cash', '2.85')]);
    expect(tenders.at(-1)).toEqual({
      method: 'cash',
      amount: d('0.02'),
      reference: null,
      refundedPaymentId: null,
    });
    expect(total.toFixed()).toBe('4.9');
  });

  it('refuses more than is left, and says how much that is', () => {
    expect(refusalOf(() => refundTenders(euros, d('5'), [left('card', '2'), left('cash', '2.5')]))).toEqual({
      code: 'ILLEGAL_STATE',
      message: `Only 4.50 EUR of the sale's payments remains; set "payments" to choose how the money is refunded.`,
      errors: undefined,
      details: { left: '4.50' },
    });
  });

  it('gives exactly the amount, cash rounded once, and of no payment more than is left', () => {
    const cents = fc.integer({ min: 0, max: 5_000 }).map((value) => d(value).div(100));
    const payment = fc.tuple(fc.constantFrom('cash', 'card', 'mobile'), cents);
    fc.assert(
      fc.property(
        fc.array(payment, { minLength: 1, maxLength: 6 }),
        fc.nat(100),
        fc.boolean(),
        (paid, share, rounded) => {
          const terms = rounded ? francs : euros;
          const payments = paid.map(([method, amount], index) => ({
            id: String(index),
            method,
            left: amount,
          }));
          const amount = sum(payments.map((each) => each.left))
            .times(share)
            .div(100)
            .toDecimalPlaces(2, Decimal.ROUND_DOWN);
          const { tenders, total } = refundTenders(terms, amount, payments);
          for (const each of payments) {
            const back = sum(
              tenders
                .filter(({ refundedPaymentId }) => refundedPaymentId === each.id)
                .map((tender) => tender.amount),
            );
            expect(back.lessThanOrEqualTo(each.left)).toBe(true);
          }
          const inCash = sum(
            tenders.filter(({ method }) => method === 'cash').map((tender) => tender.amount),
          );
          const half = rounded ? '0.025' : '0';
          expect(total.minus(amount).abs().lessThanOrEqualTo(half)).toBe(true);
          if (rounded) expect(inCash.modulo('0.05').toFixed()).toBe('0');
          expect(sum(tenders.map((tender) => tender.amount)).equals(total)).toBe(true);
        },
      ),
    );
  });
});

describe('a refund as the caller chooses', () => {
  it('by one method: cash in coins, any other to the cent', () => {
    const nobody = { reference: null, refundedPaymentId: null };
    expect(chosenTenders(francs, d('5.02'), {})).toEqual({
      tenders: [{ method: 'cash', amount: d('5'), ...nobody }],
      total: d('5'),
    });
    expect(chosenTenders(francs, d('5.02'), { method: 'card' })).toEqual({
      tenders: [{ method: 'card', amount: d('5.02'), ...nobody }],
      total: d('5.02'),
    });
    expect(chosenTenders(francs, d('0.02'), { method: 'cash' })).toEqual({ tenders: [], total: d('0') });
  });

  it('by payments that sum to it: cash is what the others leave, in coins', () => {
    const wish = { payments: [given('card', '2', 'T-1'), given('cash', '3.00')] };
    const { tenders, total } = chosenTenders(francs, d('5.02'), wish);
    expect(tenders).toEqual([
      { method: 'card', amount: d('2'), reference: 'T-1', refundedPaymentId: null },
      { method: 'cash', amount: d('3'), reference: null, refundedPaymentId: null },
    ]);
    expect(total.toFixed()).toBe('5');
    // Without cash nothing is rounded, and no cent may be kept.
    expect(
      refusalOf(() => chosenTenders(francs, d('5.02'), { payments: [given('card', '5')] })).details,
    ).toEqual({ total: '5.02' });
    expect(chosenTenders(francs, d('5.02'), { payments: [given('card', '5.02')] }).total.toFixed()).toBe(
      '5.02',
    );
    expect(
      chosenTenders(euros, d('5'), { payments: [given('card', '2'), given('mobile', '3')] }).total.toFixed(),
    ).toBe('5');
  });

  it.each([
    // The cash is added to the card, and not taken from it: 2 and 3 are 5.
    ['1', [given('card', '2'), given('cash', '3')], '2.00'],
    ['5', [given('card', '2')], '5.00'],
    ['5', [given('card', '2'), given('cash', '2')], '5.00'],
    ['5', [given('card', '6')], '6.00'],
    ['5', [given('cash', '4.99')], '5.00'],
  ])('refuses payments that do not sum to %s', (amount, payments, shown) => {
    const message = `The payments must sum to ${shown} EUR.`;
    expect(refusalOf(() => chosenTenders(euros, d(amount), { payments }))).toEqual({
      code: 'VALIDATION_FAILED',
      message,
      errors: [{ field: 'payments', message: `Must sum to ${shown}.`, code: 'AMOUNT_MISMATCH' }],
      details: { total: shown },
    });
  });

  it.each([
    ['0', 'A refunded amount must be above zero.', 'NOT_POSITIVE'],
    ['-1', 'A refunded amount must be above zero.', 'NOT_POSITIVE'],
    ['1.001', 'EUR does not have that many digits.', 'PRECISION'],
  ])('refuses the amount %s', (amount, message, code) => {
    const payments = [given('card', '5'), given('cash', amount)];
    expect(refusalOf(() => chosenTenders(euros, d('5'), { payments })).errors).toEqual([
      { field: 'payments.1.amount', message, code },
    ]);
  });
});

describe('tenders of a refund', () => {
  const left = (method: PaymentMethodKind, value: string) => ({ id: method, method, left: d(value) });
  const cash = (value: string) => ({ method: 'cash' as const, amount: d(value) });
  const card = (value: string) => ({ method: 'card' as const, amount: d(value) });
  const paid = (payout: ReturnType<typeof refundTenders>) =>
    payout.tenders.map(({ method, amount }) => `${method} ${amount.toFixed()}`);

  it('refunds by the methods of the sale, in the order of the payments', () => {
    expect(paid(refundTenders(euros, d('15'), [left('card', '12'), left('cash', '50')]))).toEqual([
      'card 12',
      'cash 3',
    ]);
    expect(paid(refundTenders(euros, d('10'), [left('card', '12'), left('cash', '50')]))).toEqual([
      'card 10',
    ]);
  });

  it('rounds all refunded cash once, and refunds no payment by more than its amount', () => {
    expect(paid(refundTenders(francs, d('5.01'), [left('cash', '10.00')]))).toEqual(['cash 5']);
    expect(paid(refundTenders(francs, d('0.04'), [left('cash', '0.05')]))).toEqual(['cash 0.05']);
    expect(paid(refundTenders(francs, d('0.04'), [left('card', '0.02'), left('cash', '5')]))).toEqual([
      'card 0.02',
    ]);
    // A payment with the goods of an exchange is refunded in cash, and its amount cannot be paid in coins.
    expect(paid(refundTenders(francs, d('4.91'), [left('cash', '2.06'), left('cash', '2.85')]))).toEqual([
      'cash 2.06',
      'cash 2.84',
    ]);
    const alone = refundTenders(francs, d('4.88'), [left('cash', '2.03'), left('cash', '2.85')]);
    expect(
      alone.tenders.map(({ amount, refundedPaymentId }) => [amount.toFixed(), refundedPaymentId]),
    ).toEqual([
      ['2.03', 'cash'],
      ['2.85', 'cash'],
      ['0.02', null],
    ]);
  });

  it('rejects a refund of more than remains', () => {
    expect(codesOf(() => refundTenders(euros, d('5'), [left('card', '4')]))).toEqual([
      'ILLEGAL_STATE',
      undefined,
    ]);
  });

  it('pays as chosen if the payments sum to the amount', () => {
    expect(paid(chosenTenders(euros, d('5'), { method: 'card' }))).toEqual(['card 5']);
    expect(paid(chosenTenders(francs, d('5.02'), {}))).toEqual(['cash 5']);
    expect(paid(chosenTenders(francs, d('5.02'), { payments: [card('2'), cash('3.00')] }))).toEqual([
      'card 2',
      'cash 3',
    ]);
    expect(codesOf(() => chosenTenders(euros, d('5'), { payments: [card('2')] }))).toEqual([
      'VALIDATION_FAILED',
      'AMOUNT_MISMATCH',
    ]);
    expect(codesOf(() => chosenTenders(euros, d('5'), { payments: [card('5'), cash('0')] }))).toEqual([
      'VALIDATION_FAILED',
      'NOT_POSITIVE',
    ]);
  });
});
