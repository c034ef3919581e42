/** Settlement of a sale, and the money that tills took while they were offline. */
import fc from 'fast-check';
import { Decimal, sum } from '#kernel/decimal';
import * as rules from '#subgraphs/orders/pricing/settlement.rules';
import type { SettlementTerms } from '#subgraphs/orders/pricing/settlement.rules';
import { codesOf, refusalOf, required } from '#test/harness/refusal';
import { amount as d } from '#test/harness/values';
import type { PaymentMethodKind } from '#subgraphs/payments/inputs.generated';

const settle = required(rules.settle);
const settleOffline = required(rules.settleOffline);
const euros: SettlementTerms = { currency: 'EUR', roundingMode: 'HALF_UP', cashRoundingStep: d(0) };
const francs: SettlementTerms = { currency: 'CHF', roundingMode: 'HALF_UP', cashRoundingStep: d('0.05') };
const given = (method: PaymentMethodKind, amount: string, reference?: string) => ({
  method,
  amount: d(amount),
  reference,
});
const cash = (value: string) => given('cash', value);
const card = (value: string) => given('card', value);

const shown = (settled: ReturnType<typeof settle>) => ({
  rounding: settled.rounding.toFixed(),
  total: settled.total.toFixed(),
  paid: settled.paid.toFixed(),
  change: settled.change.toFixed(),
  tenders: settled.tenders.map(({ method, amount }) => `${method} ${amount.toFixed()}`),
});

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
  const wrong = [
    given('card', '-1'),
    given('cash', '1'),
    given('cash', '1.001'),
    given('card', '1000000000000.01'),
  ];
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
    details: undefined,
  });
  expect(refusalOf(() => settle(euros, d('1'), [given('cash', '1000000000000.01')])).errors?.[0]?.code).toBe(
    'TOO_LARGE',
  );
  expect(settle(euros, d('1'), [given('cash', '1000000000000')]).change.toFixed()).toBe('999999999999');
});

it('names the last payment without change where they are more than the total', () => {
  const message = 'The payments exceed the total of 10.00 EUR; change is given only for cash.';
  const payments = [given('card', '6'), given('card', '6'), given('cash', '5')];
  expect(refusalOf(() => settle(euros, d('10'), payments))).toEqual({
    code: 'VALIDATION_FAILED',
    message,
    errors: [{ field: 'payments.1.amount', message, code: 'OVERPAID' }],
    details: { total: '10.00' },
  });
});

it('says how much is missing', () => {
  const message = 'The payments do not cover the total of 10.02 CHF: 1.00 is missing.';
  expect(refusalOf(() => settle(francs, d('10.02'), [given('card', '4'), given('cash', '5')]))).toEqual({
    code: 'PAYMENT_INSUFFICIENT',
    message,
    errors: [{ field: 'payments', message, code: 'PAYMENT_INSUFFICIENT' }],
    details: { missing: '1.00', total: '10.02', currency: 'CHF' },
  });
});

describe('what a till took while it was offline', () => {
  /** "cash 20, card 5" as payments. */
  const payments = (text: string) =>
    text
      .split(', ')
      .filter(Boolean)
      .map((part) => given(...(part.split(' ') as [PaymentMethodKind, string])));
  const asTaken = (
    terms: SettlementTerms,
    total: string,
    paid: string,
    taken: { total?: string; change?: string } = {},
  ) => {
    const said = Object.fromEntries(Object.entries(taken).map(([name, value]) => [name, d(value)]));
    const { tenders, ...sums } = settleOffline(terms, d(total), payments(paid), said);
    const kept = tenders.map(({ method, amount }) => `${method} ${amount.toFixed()}`).join(', ');
    return {
      kept,
      ...Object.fromEntries(Object.entries(sums).map(([name, value]) => [name, value.toFixed()])),
    };
  };
  const exact = { rounding: '0', total: '10', difference: '0' };

  it.each([
    ['pays exactly', 'cash 10', {}, { ...exact, paid: '10', change: '0', kept: 'cash 10' }],
    ['gets change of cash', 'cash 20', {}, { ...exact, paid: '20', change: '10', kept: 'cash 10' }],
    ['gets it of the cash beside a card', 'cash 20, card 5', {}, { ...exact, paid: '25', change: '15', kept: 'cash 5, card 5' }],
    ['pays too little', 'card 4, cash 3', {}, { ...exact, paid: '7', change: '0', kept: 'card 4, cash 3', difference: '-3' }],
    ['pays nothing', '', {}, { ...exact, paid: '0', change: '0', kept: '', difference: '-10' }],
    ['pays too much by card, which gives no change', 'card 12', {}, { ...exact, paid: '12', change: '0', kept: 'card 12', difference: '2' }],
    ['pays it all by card and gets the cash back', 'card 12, cash 5', {}, { ...exact, paid: '17', change: '5', kept: 'card 12', difference: '2' }],
    ['was asked for less', 'cash 20', { total: '9' }, { ...exact, paid: '20', change: '11', kept: 'cash 9', difference: '-1' }],
    ['was asked for more', 'cash 20', { total: '11.50' }, { ...exact, paid: '20', change: '8.5', kept: 'cash 11.5', difference: '1.5' }],
    ['was asked for more than they gave', 'cash 8', { total: '11' }, { ...exact, paid: '8', change: '0', kept: 'cash 8', difference: '-2' }],
    ['got other change than was due', 'cash 20', { change: '9' }, { ...exact, paid: '20', change: '9', kept: 'cash 11', difference: '1' }],
    ['got no change', 'cash 20', { change: '0' }, { ...exact, paid: '20', change: '0', kept: 'cash 20', difference: '10' }],
    ['got all of it back', 'cash 20', { change: '20' }, { ...exact, paid: '20', change: '20', kept: '', difference: '-10' }],
    ['got change though the till asked for less', 'cash 20', { total: '9', change: '10' }, { ...exact, paid: '20', change: '10', kept: 'cash 10' }],
  ])('stands as it is where a customer who owes 10.00 euros %s: %s', (_, paid, taken, expected) => {
    expect(asTaken(euros, '10', paid, taken)).toEqual(expected);
  }); // prettier-ignore

  it.each([
    ['is rounded to the coin where cash is paid', '9.98', 'cash 10', {}, { rounding: '0.02', total: '10', change: '0', kept: 'cash 10' }],
    ['is rounded for what is left for cash beside a card', '9.98', 'card 5, cash 5', {}, { rounding: '0.02', total: '10', change: '0', kept: 'card 5, cash 5' }],
    ['is not rounded where a card pays', '9.98', 'card 9.98', {}, { rounding: '0', total: '9.98', kept: 'card 9.98' }],
    ['is not rounded where nobody pays', '9.98', '', {}, { rounding: '0', total: '9.98', difference: '-9.98' }],
    ['is not rounded where the card has paid more', '9.98', 'card 12, cash 1', {}, { rounding: '0', total: '9.98', change: '1', difference: '2.02' }],
    ['leaves what no coin can give back', '3.36', 'cash 3.36', {}, { rounding: '-0.01', total: '3.35', change: '0', kept: 'cash 3.36', difference: '0.01' }],
    ['gives back in coins', '3.36', 'cash 5.02', {}, { rounding: '-0.01', total: '3.35', change: '1.65', kept: 'cash 3.37', difference: '0.02' }],
    ['follows the sum that was asked for in coins', '3.36', 'cash 5', { total: '3.38' }, { total: '3.35', change: '1.6', kept: 'cash 3.4', difference: '0.05' }],
  ])('in francs %s', (_, total, paid, taken, expected) => {
    expect(asTaken(francs, total, paid, taken)).toEqual(expect.objectContaining({ difference: '0', ...expected }));
  }); // prettier-ignore

  it('cannot have been more change than cash', () => {
    const message = 'The change of 5.01 EUR exceeds the cash that was handed over.';
    expect(
      refusalOf(() => settleOffline(euros, d('10'), payments('card 10, cash 5'), { change: d('5.01') })),
    ).toEqual({
      code: 'VALIDATION_FAILED',
      message,
      errors: [{ field: 'change', message, code: 'EXCEEDS_CASH' }],
      details: undefined,
    });
    expect(refusalOf(() => settleOffline(euros, d('10'), payments('cash -1'), {})).errors?.[0]?.code).toBe(
      'NEGATIVE',
    );
  });

  const coins = (max: number) => fc.integer({ min: 0, max }).map((count) => d(count).times('0.05'));
  const cents = (max: number) => fc.integer({ min: 0, max }).map((count) => d(count).div(100));
  const terms = fc.constantFrom(euros, francs);
  const tender = fc.record({
    method: fc.constantFrom<PaymentMethodKind[]>('cash', 'card', 'gift_card'),
    amount: cents(5_000),
  });

  it('always adds up: what stayed is what was to be paid and the difference', () => {
    fc.assert(
      fc.property(
        terms,
        cents(10_000),
        fc.array(tender, { maxLength: 4 }),
        fc.option(cents(10_000)),
        (of, total, paid, asked) => {
          const taken = settleOffline(of, total, paid, { total: asked });
          const kept = sum(taken.tenders.map(({ amount }) => amount));
          expect(kept.toFixed()).toBe(taken.total.plus(taken.difference).toFixed());
          expect(kept.toFixed()).toBe(taken.paid.minus(taken.change).toFixed());
          expect(taken.total.minus(taken.rounding).toFixed()).toBe(total.toFixed());
          expect(taken.change.isNegative() || taken.tenders.some(({ amount }) => amount.isNegative())).toBe(
            false,
          );
        },
      ),
    );
  });

  it('is what a checkout would have settled, where that would have taken the payments', () => {
    fc.assert(
      fc.property(terms, cents(10_000), cents(10_000), coins(400), (of, total, card, extra) => {
        const byCard = Decimal.min(card, total);
        const inCash = total.minus(byCard).dividedBy('0.05').ceil().times('0.05').plus(extra);
        const paid = [
          { method: 'card' as const, amount: byCard },
          { method: 'cash' as const, amount: inCash },
        ];
        const { difference, ...settled } = settleOffline(of, total, paid, {});
        expect(difference.toFixed()).toBe('0');
        expect(JSON.stringify(settled)).toBe(JSON.stringify(settle(of, total, paid)));
      }),
    );
  });
});

describe('settle', () => {
  it('gives change out of the cash alone', () => {
    expect(shown(settle(euros, d('62.35'), [card('12.35'), cash('60')]))).toEqual({
      rounding: '0',
      total: '62.35',
      paid: '72.35',
      change: '10',
      tenders: ['card 12.35', 'cash 50'],
    });
  });

  it('takes the change out of the last cash, and omits tenders of which nothing remains', () => {
    expect(shown(settle(euros, d('10'), [cash('8'), cash('1'), cash('5')])).tenders).toEqual([
      'cash 8',
      'cash 1',
      'cash 1',
    ]);
    expect(shown(settle(euros, d('8'), [cash('8'), cash('5')])).tenders).toEqual(['cash 8']);
  });

  it('rounds to the coin only what is paid in cash', () => {
    expect(shown(settle(francs, d('19.98'), [cash('20')]))).toMatchObject({
      rounding: '0.02',
      total: '20',
      change: '0',
    });
    expect(shown(settle(francs, d('19.97'), [cash('20')]))).toMatchObject({
      rounding: '-0.02',
      total: '19.95',
      change: '0.05',
    });
    expect(shown(settle(francs, d('19.98'), [card('19.98')]))).toMatchObject({
      rounding: '0',
      total: '19.98',
      change: '0',
    });
    expect(shown(settle(francs, d('19.98'), [card('9.99'), cash('10')]))).toMatchObject({
      rounding: '0.01',
      total: '19.99',
    });
    // Less than half a coin is left: cash that is named pays it with nothing.
    expect(shown(settle(francs, d('0.02'), [cash('0')]))).toMatchObject({
      rounding: '-0.02',
      total: '0',
      tenders: [],
    });
    expect(shown(settle(francs, d('10.02'), [card('10'), cash('0')]))).toMatchObject({
      rounding: '-0.02',
      total: '10',
    });
    expect(() => settle(francs, d('10.03'), [card('10'), cash('0')])).toThrow('0.05 is missing');
    expect(() => settle(francs, d('10.02'), [card('10')])).toThrow('0.02 is missing');
    expect(() => settle(euros, d('0.02'), [cash('0')])).toThrow('0.02 is missing');
  });

  it('needs no payment for a sale of nothing', () => {
    expect(shown(settle(euros, d(0), []))).toEqual({
      rounding: '0',
      total: '0',
      paid: '0',
      change: '0',
      tenders: [],
    });
    expect(shown(settle(euros, d(0), [cash('0')]))).toMatchObject({ tenders: [] });
  });

  it.each([
    ['too little', [cash('9.99')], ['PAYMENT_INSUFFICIENT', 'PAYMENT_INSUFFICIENT']],
    ['nothing', [], ['PAYMENT_INSUFFICIENT', 'PAYMENT_INSUFFICIENT']],
    ['more than the total by card', [card('10.01')], ['VALIDATION_FAILED', 'OVERPAID']],
    ['more by card, though cash is there', [card('10.01'), cash('5')], ['VALIDATION_FAILED', 'OVERPAID']],
    ['a negative amount', [card('-1'), cash('11')], ['VALIDATION_FAILED', 'NEGATIVE']],
    ['a fraction of a cent', [cash('10.001')], ['VALIDATION_FAILED', 'PRECISION']],
  ])('refuses %s', (_, given, code) => {
    expect(codesOf(() => settle(euros, d('10'), given))).toEqual(code);
  });

  it('keeps as much as the total, whatever is given', () => {
    const cents = (max: number) => fc.integer({ min: 0, max }).map((value) => d(value).div(100));
    fc.assert(
      fc.property(
        cents(10_000),
        cents(10_000),
        cents(10_000),
        fc.boolean(),
        (total, byCard, extra, rounded) => {
          const terms = rounded ? francs : euros;
          const fromCard = Decimal.min(byCard, total);
          const settled = settle(terms, total, [
            { method: 'card', amount: fromCard },
            { method: 'cash', amount: total.minus(fromCard).plus(extra).plus('0.05') },
          ]);
          expect(sum(settled.tenders.map((tender) => tender.amount)).equals(settled.total)).toBe(true);
          expect(settled.paid.minus(settled.change).equals(settled.total)).toBe(true);
          expect(settled.total.minus(settled.rounding).equals(total)).toBe(true);
        },
      ),
    );
  });

  it('rounds cash to any step, by half a step at most, and never a payment by card alone', () => {
    const cents = (max: number) => fc.integer({ min: 0, max }).map((value) => d(value).div(100));
    const steps = fc.oneof(
      fc.constantFrom(...['0', '0.02', '0.05', '0.1', '0.5', '1'].map(d)),
      cents(10_000),
    );
    const split = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 4 });
    const modes = fc.constantFrom('HALF_UP' as const, 'HALF_EVEN' as const);
    fc.assert(
      fc.property(steps, modes, cents(100_000), cents(100_000), split, cents(5_000), (...drawn) => {
        const [cashRoundingStep, roundingMode, total, byCard, shares, extra] = drawn;
        const terms = { currency: 'EUR', roundingMode, cashRoundingStep };
        const fromCard = Decimal.min(byCard, total);
        const due = rules.cashDue(terms, total.minus(fromCard));
        // Several notes and coins, which sum to what is due or more.
        const given = shares.map((share, index) =>
          index === 0 ? due.plus(extra) : d(share).times(cashRoundingStep).toDecimalPlaces(2),
        );
        const settled = settle(terms, total, [
          { method: 'card', amount: fromCard },
          ...given.map((amount) => ({ method: 'cash' as const, amount })),
        ]);
        const kept = (method: PaymentMethodKind) =>
          sum(settled.tenders.filter((tender) => tender.method === method).map(({ amount }) => amount));
        expect(sum(settled.tenders.map(({ amount }) => amount))).toEqual(total.plus(settled.rounding));
        expect(settled.rounding.abs().times(2).lessThanOrEqualTo(cashRoundingStep)).toBe(true);
        expect(kept('cash')).toEqual(due);
        expect(cashRoundingStep.isZero() || due.modulo(cashRoundingStep).isZero()).toBe(true);
        const byCardOnly = settle(terms, total, [{ method: 'card', amount: total }]);
        expect([byCardOnly.rounding, byCardOnly.total]).toEqual([d(0), total]);
      }),
    );
  });
});
