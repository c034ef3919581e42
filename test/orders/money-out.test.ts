/** The rules of tenders, change, cash rounding, and of giving back. */
import fc from 'fast-check';
import { Decimal, sum } from '#kernel/decimal';
import { PosProError } from '#kernel/errors';
import { businessDay, localTime } from '#kernel/business-day.rules';
import * as refundRules from '#subgraphs/orders/refunds/refund-tenders.rules';
import { returnedShare, type SoldLine } from '#subgraphs/orders/pricing/proration.rules';
import * as settlementRules from '#subgraphs/orders/pricing/settlement.rules';
import type { SettlementTerms } from '#subgraphs/orders/pricing/settlement.rules';
import {
  actionsIn,
  nextStatus,
  TRANSITIONS,
  type OrderAction,
  type OrderStatus,
} from '#subgraphs/orders/order/order-states.rules';
import * as pricingRules from '#subgraphs/orders/pricing/pricing.rules';
import { required } from '../harness/refusal';

const settle = required(settlementRules.settle);
const calculateSale = required(pricingRules.calculateSale);
const refundTenders = required(refundRules.refundTenders);
const chosenTenders = required(refundRules.chosenTenders);
const d = (value: string | number) => new Decimal(value);
const euros: SettlementTerms = { currency: 'EUR', roundingMode: 'HALF_UP', cashRoundingStep: d(0) };
const francs: SettlementTerms = { currency: 'CHF', roundingMode: 'HALF_UP', cashRoundingStep: d('0.05') };
const cash = (value: string) => ({ method: 'cash', amount: d(value) });
const card = (value: string) => ({ method: 'card', amount: d(value) });

function codeOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    if (error instanceof PosProError) return [error.code, error.errors?.[0]?.code];
    throw error;
  }
  return 'none';
}

const shown = (settled: ReturnType<typeof settle>) => ({
  rounding: settled.rounding.toFixed(),
  total: settled.total.toFixed(),
  paid: settled.paid.toFixed(),
  change: settled.change.toFixed(),
  tenders: settled.tenders.map(({ method, amount }) => `${method} ${amount.toFixed()}`),
});

describe('settle', () => {
  it('gives change out of the cash alone', () => {
    expect(shown(settle(euros, d('62.35'), [card('12.35'), cash('60')]))).toEqual({
      rounding: '0', total: '62.35', paid: '72.35', change: '10', tenders: ['card 12.35', 'cash 50'],
    }); // prettier-ignore
  });

  it('takes the change out of the last cash, and leaves out of what nothing stays', () => {
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
    expect(codeOf(() => settle(euros, d('10'), given))).toEqual(code);
  });

  it('keeps as much as the total, whatever is given', () => {
    const cents = (max: number) => fc.integer({ min: 0, max }).map((value) => d(value).div(100));
    fc.assert(
      fc.property(cents(10_000), cents(10_000), cents(10_000), fc.boolean(), (total, byCard, extra, rounded) => {
        const terms = rounded ? francs : euros;
        const fromCard = Decimal.min(byCard, total);
        const settled = settle(terms, total, [{ method: 'card', amount: fromCard }, { method: 'cash', amount: total.minus(fromCard).plus(extra).plus('0.05') }]);
        expect(sum(settled.tenders.map((tender) => tender.amount)).equals(settled.total)).toBe(true);
        expect(settled.paid.minus(settled.change).equals(settled.total)).toBe(true);
        expect(settled.total.minus(settled.rounding).equals(total)).toBe(true);
      }),
    ); // prettier-ignore
  });
});

describe('returnedShare', () => {
  const terms = { currency: 'EUR', roundingMode: 'HALF_UP', pricesIncludeTax: true } as const;
  const sold = (quantity: string, price: string, percent: string, pricesIncludeTax = true): SoldLine => {
    const discount = { percent: d(percent) };
    const line = calculateSale({ ...terms, pricesIncludeTax }, [
      { quantity: d(quantity), unitPrice: d(price), taxRate: d(19), discount },
    ]).lines[0]!;
    return { ...line, quantity: d(quantity), returnedQuantity: d(0) };
  };

  it('gives three for 10.00 back as 3.33, 3.34 and 3.33', () => {
    let line = { ...sold('3', '3.3333', '0'), total: d(10), subtotal: d(10), gross: d(10) };
    const parts = [1, 2, 3].map(() => {
      const share = returnedShare(terms, line, d(1));
      line = { ...line, returnedQuantity: line.returnedQuantity.plus(1) };
      return share.total.toFixed(2);
    });
    expect(parts).toEqual(['3.33', '3.34', '3.33']);
  });

  it('gives back the line to the last cent, in whatever parts it comes', () => {
    const parts = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(parts, fc.integer({ min: 0, max: 99_999 }), fc.integer({ min: 0, max: 100 }), fc.boolean(), (sizes, price, off, inclusive) => {
        const quantities = sizes.map((size) => d(size).div(8));
        let line = sold(sum(quantities).toFixed(), d(price).div(100).toFixed(), String(off), inclusive);
        const whole = line;
        const shares = quantities.map((quantity) => {
          const share = returnedShare({ ...terms, pricesIncludeTax: inclusive }, line, quantity);
          line = { ...line, returnedQuantity: line.returnedQuantity.plus(quantity) };
          expect(share.total.greaterThanOrEqualTo(0)).toBe(true);
          return share;
        });
        for (const name of ['total', 'tax', 'net', 'subtotal', 'discount', 'gross'] as const) {
          expect(sum(shares.map((share) => share[name])).toFixed()).toBe(whole[name].toFixed());
        }
      }),
      { numRuns: 200 },
    ); // prettier-ignore
  });
});

describe('payout', () => {
  const left = (method: string, value: string) => ({ id: method, method, left: d(value) });
  const paid = (payout: ReturnType<typeof refundTenders>) =>
    payout.tenders.map(({ method, amount }) => `${method} ${amount.toFixed()}`);

  it('goes back the way it came, in the order of the payments', () => {
    expect(paid(refundTenders(euros, d('15'), [left('card', '12'), left('cash', '50')]))).toEqual([
      'card 12',
      'cash 3',
    ]);
    expect(paid(refundTenders(euros, d('10'), [left('card', '12'), left('cash', '50')]))).toEqual([
      'card 10',
    ]);
  });

  it('rounds all that goes back in cash once, and no payment gives more than came in', () => {
    expect(paid(refundTenders(francs, d('5.01'), [left('cash', '10.00')]))).toEqual(['cash 5']);
    expect(paid(refundTenders(francs, d('0.04'), [left('cash', '0.05')]))).toEqual(['cash 0.05']);
    expect(paid(refundTenders(francs, d('0.04'), [left('card', '0.02'), left('cash', '5')]))).toEqual([
      'card 0.02',
    ]);
    // Goods that paid in an exchange go back in cash: their worth is no sum of coins.
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

  it('refuses to give back more than is left', () => {
    expect(codeOf(() => refundTenders(euros, d('5'), [left('card', '4')]))).toEqual([
      'ILLEGAL_STATE',
      undefined,
    ]);
  });

  it('pays as wished where the parts are the whole', () => {
    expect(paid(chosenTenders(euros, d('5'), { method: 'card' }))).toEqual(['card 5']);
    expect(paid(chosenTenders(francs, d('5.02'), {}))).toEqual(['cash 5']);
    expect(paid(chosenTenders(francs, d('5.02'), { payments: [card('2'), cash('3.00')] }))).toEqual([
      'card 2',
      'cash 3',
    ]);
    expect(codeOf(() => chosenTenders(euros, d('5'), { payments: [card('2')] }))).toEqual([
      'VALIDATION_FAILED',
      'AMOUNT_MISMATCH',
    ]);
    expect(codeOf(() => chosenTenders(euros, d('5'), { payments: [card('5'), cash('0')] }))).toEqual([
      'VALIDATION_FAILED',
      'NOT_POSITIVE',
    ]);
  });
});

describe('the states of an order', () => {
  it('takes every step of the table and no other', () => {
    const states = [...new Set(Object.values(TRANSITIONS).flatMap(({ from, to }) => [...from, to]))];
    expect(states).toHaveLength(9);
    for (const action of Object.keys(TRANSITIONS) as OrderAction[]) {
      for (const status of states) {
        const step = () => nextStatus({ number: 'MAIN-0000001', status }, action);
        if (TRANSITIONS[action].from.includes(status)) expect(step()).toBe(TRANSITIONS[action].to);
        else expect(codeOf(step)).toEqual(['ILLEGAL_STATE', undefined]);
      }
    }
  });

  it('ends where it ends, and names the state', () => {
    expect((['cancelled', 'refunded'] as OrderStatus[]).map(actionsIn)).toEqual([[], []]);
    expect(() => nextStatus({ number: 'MAIN-0000001', status: 'refunded' }, 'refund')).toThrow(
      'Order MAIN-0000001 is refunded and cannot be refunded.',
    );
  });
});

describe('the business day', () => {
  it.each([
    ['2026-01-31T23:30:00Z', 'Europe/Berlin', '2026-02-01', '2026-02-01 00:30'],
    ['2026-01-31T23:30:00Z', 'America/New_York', '2026-01-31', '2026-01-31 18:30'],
    ['2026-01-01T00:00:00Z', 'UTC', '2026-01-01', '2026-01-01 00:00'],
    ['2026-07-31T22:15:00Z', 'Europe/Berlin', '2026-08-01', '2026-08-01 00:15'],
  ])('of %s in %s is %s', (moment, zone, day, clock) => {
    expect(businessDay(new Date(moment), zone)).toBe(day);
    expect(localTime(new Date(moment), zone)).toBe(clock);
  });
});
