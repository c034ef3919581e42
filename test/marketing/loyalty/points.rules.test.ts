import fc from 'fast-check';
import { Decimal } from '#kernel/decimal';
import {
  earnRate,
  earningAmount,
  keptAmount,
  keptPoints,
  pointsFor,
  pointsValue,
  redeemLimit,
  redemption,
  restoredPoints,
} from '#subgraphs/marketing/loyalty/points.rules';
import { amount } from '#test/harness/values';

const EARNS_ON_GOODS = {
  earnsOnTax: true,
  earnsOnTips: false,
  earnsOnShipping: false,
  earnsOnGiftCards: false,
};
const line = (net: string, tax = '0') => ({ net: amount(net), tax: amount(tax) });

describe('the amount of a sale that earns points (M9)', () => {
  it('excludes what points paid: 106.00 of goods, 50.00 of it with points, earn on 56.00', () => {
    // The points are a discount, so the lines of the sale sum to 56.00.
    expect(earningAmount(EARNS_ON_GOODS, { lines: [line('47.06', '8.94')] })).toEqual(amount('56.00'));
  });

  it('has tax, tips, shipping and gift cards only where the program says so', () => {
    const sale = {
      lines: [line('100.00', '19.00'), { ...line('50.00'), giftCard: true }],
      tip: amount('3.00'),
      shipping: amount('4.90'),
    };
    const with_ = (more: Partial<typeof EARNS_ON_GOODS>) =>
      earningAmount({ ...EARNS_ON_GOODS, ...more }, sale);
    expect(with_({})).toEqual(amount('119.00'));
    expect(with_({ earnsOnTax: false })).toEqual(amount('100.00'));
    expect(with_({ earnsOnTips: true })).toEqual(amount('122.00'));
    expect(with_({ earnsOnShipping: true })).toEqual(amount('123.90'));
    expect(with_({ earnsOnGiftCards: true })).toEqual(amount('169.00'));
  });

  it('earns points that are rounded down, by the rate of the program, the tier and campaigns', () => {
    expect(pointsFor(amount('33.33'), amount('1.5'))).toBe(49);
    expect(earnRate({ earnRate: amount('1.5') }, [amount(2), amount('1.25')])).toEqual(amount('3.75'));
    expect(pointsFor(amount('0.99'), amount(1))).toBe(0);
  });
});

describe('points after returns (M8)', () => {
  const earning = { amount: amount('33.33'), rate: amount('1.5') };
  const share = (remaining: string, total = '33.33') => ({
    remaining: amount(remaining),
    total: amount(total),
  });

  it('are kept by the sum of all returns: 49, then 33, 16 and 0', () => {
    const kept = ['33.33', '22.22', '11.11', '0'].map((remaining) => keptPoints(earning, share(remaining)));
    expect(kept).toEqual([49, 33, 16, 0]);
    expect([49 - 33, 33 - 16, 16]).toEqual([16, 17, 16]);
  });

  it('leave nothing of the amount that counts for the tier', () => {
    const terms = { currency: 'EUR', roundingMode: 'HALF_UP' } as const;
    expect(keptAmount(earning.amount, share('22.22'), terms)).toEqual(amount('22.22'));
    expect(keptAmount(earning.amount, share('0'), terms)).toEqual(amount(0));
    expect(keptAmount(earning.amount, share('0', '0'), terms)).toEqual(amount(0));
  });

  it('are restored by the share of their discount: 100 points over three returns are 33, 34 and 33', () => {
    const restored = ['0.33', '0.67', '1.00'].map((part) =>
      restoredPoints(100, { restored: amount(part), redeemed: amount('1.00') }),
    );
    expect(restored).toEqual([33, 67, 100]);
    expect(restoredPoints(334, { restored: amount('5.00'), redeemed: amount('10.00') })).toBe(167);
  });

  it('end at none after any sequence of returns, and never grow on the way', () => {
    const cents = fc.integer({ min: 1, max: 1_000_000 });
    fc.assert(
      fc.property(cents, cents, fc.array(fc.nat(1_000_000)), (total, thousandths, returns) => {
        const whole = new Decimal(total).dividedBy(100);
        const earned = { amount: whole, rate: new Decimal(thousandths).dividedBy(1_000) };
        let remaining = total;
        let kept = pointsFor(earned.amount, earned.rate);
        for (const returned of [...returns, remaining]) {
          remaining = Math.max(0, remaining - returned);
          const part = { remaining: new Decimal(remaining).dividedBy(100), total: whole };
          const now = keptPoints(earned, part);
          expect(now).toBeLessThanOrEqual(kept);
          expect(now).toBe(pointsFor(part.remaining, earned.rate));
          kept = now;
        }
        expect(kept).toBe(0);
      }),
    );
  });
});

describe('redeemed points', () => {
  const program = { pointValue: amount('0.03'), minimumRedeem: 10, maximumPercent: amount(100) };
  const redeem = (points: number, payable = '10.00', terms = program) =>
    redemption(terms, { points, payable: amount(payable), currency: 'EUR' });

  it('are worth their value, rounded down to the currency', () => {
    expect(pointsValue({ pointValue: amount('0.003') }, 5, 'EUR')).toEqual(amount('0.01'));
    expect(pointsValue({ pointValue: amount('0.5') }, 3, 'JPY')).toEqual(amount(1));
    expect(pointsValue({ pointValue: amount('0.0015') }, 7, 'KWD')).toEqual(amount('0.010'));
  });

  it('are any number from the minimum to what the basket takes, cents included', () => {
    expect(redeem(117)).toEqual({ amount: amount('3.51') });
    expect(redeem(334)).toEqual({ amount: amount('10.00') });
    expect(redeem(335).error).toMatchObject({ field: 'redeemPoints', code: 'ABOVE_LIMIT' });
    expect(redeem(10, '10.00', { ...program, pointValue: amount('0.0001') }).error?.code).toBe('NO_VALUE');
    expect(redeem(9).error).toMatchObject({ field: 'redeemPoints', code: 'BELOW_MINIMUM' });
  });

  it('pay no more than the share of the basket that the program allows', () => {
    const half = { ...program, maximumPercent: amount(50) };
    expect(redeemLimit(half, amount('10.01'), 'EUR')).toEqual({ points: 167, amount: amount('5.00') });
    expect(redeem(167, '10.01', half)).toEqual({ amount: amount('5.00') });
    expect(redeem(168, '10.01', half).error?.code).toBe('ABOVE_LIMIT');
    expect(redeem(10, '0.00').error?.code).toBe('ABOVE_LIMIT');
  });
});
