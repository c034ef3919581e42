/**
 * Points of sales: what earns, what points are worth, and how returns reverse both. Points are whole numbers, rounded down.
 */
import { Decimal, HUNDRED, ZERO, sum } from '#kernel/decimal';
import { currencyExponent, formatMoney, roundMoney, type RoundingMode } from '#kernel/money';
import type { FieldError } from '#kernel/errors';
import type { LoyaltyProgramRow } from '../tables.generated';

/** A sold line, after all discounts; points that paid for it are a discount, so they earn nothing. */
export interface EarningLine {
  net: Decimal;
  tax: Decimal;
  /** Whether the line sells a gift card. */
  giftCard?: boolean;
}

/** The amounts of a sale that may earn points. */
export interface EarningSale {
  lines: readonly EarningLine[];
  tip?: Decimal | null | undefined;
  /** Shipping with its tax. */
  shipping?: Decimal | null | undefined;
}

type Earning = Pick<LoyaltyProgramRow, 'earnsOnTax' | 'earnsOnTips' | 'earnsOnShipping' | 'earnsOnGiftCards'>;

/**
 * The amount of a sale that earns points.
 *
 * @example
 * // 106.00 of goods, 50.00 of which were paid with points: 56.00.
 */
export function earningAmount(program: Earning, { lines, tip, shipping }: EarningSale): Decimal {
  const goods = lines
    .filter(({ giftCard = false }) => !giftCard || program.earnsOnGiftCards)
    .map(({ net, tax }) => (program.earnsOnTax ? net.plus(tax) : net));
  return sum([
    ...goods,
    ...(program.earnsOnTips && tip ? [tip] : []),
    ...(program.earnsOnShipping && shipping ? [shipping] : []),
  ]);
}

/** Points for one unit of the currency: of the program, times the multipliers of the tier and of campaigns. */
export function earnRate(
  { earnRate: rate }: Pick<LoyaltyProgramRow, 'earnRate'>,
  multipliers: readonly Decimal[],
): Decimal {
  return multipliers.reduce((product, multiplier) => product.times(multiplier), rate);
}

/** The points that an amount earns. */
export function pointsFor(amount: Decimal, rate: Decimal): number {
  return amount.times(rate).floor().toNumber();
}

/** The part of a sale that remains after returns, as `remaining` of `total`. */
export interface RemainingShare {
  remaining: Decimal;
  total: Decimal;
}

/** The part of a sale that remains after returns: of everything, and of the goods without gift cards. */
export interface RemainingSale extends RemainingShare {
  /** Defaults to the share of everything. */
  goods?: RemainingShare;
}

/**
 * The points of a sale that its customer keeps after returns. It depends on the sum of all returns, not on each of them, so any
 * sequence of returns ends at the same points, and the last one at none.
 *
 * @example
 * // 33.33 at 1.5 points earned 49. After 11.11 was refunded: floor(22.22 × 1.5) = 33.
 */
export function keptPoints(
  { amount, rate }: { amount: Decimal; rate: Decimal },
  { remaining, total }: RemainingShare,
): number {
  // Multiplied first, so that a quotient without a fraction is exact.
  return total.isZero() ? 0 : amount.times(rate).times(remaining).dividedBy(total).floor().toNumber();
}

/** The part of an amount that remains, rounded to the currency. */
export function keptAmount(
  amount: Decimal,
  { remaining, total }: RemainingShare,
  { currency, roundingMode }: { currency: string; roundingMode: RoundingMode },
): Decimal {
  return total.isZero() ? ZERO : roundMoney(amount.times(remaining).dividedBy(total), currency, roundingMode);
}

/**
 * The redeemed points of a sale that its customer has again after returns: their share of the discount, rounded down.
 * @param amounts the discount by the points, and the part of it that all returns so far restored.
 */
export function restoredPoints(
  points: number,
  { restored, redeemed }: { restored: Decimal; redeemed: Decimal },
): number {
  return redeemed.isZero() ? points : restored.times(points).dividedBy(redeemed).floor().toNumber();
}

/** The value of points, rounded down to the currency. */
export function pointsValue(
  { pointValue }: Pick<LoyaltyProgramRow, 'pointValue'>,
  points: number,
  currency: string,
): Decimal {
  return roundedDown(pointValue.times(points), currency);
}

function roundedDown(amount: Decimal, currency: string): Decimal {
  return amount.toDecimalPlaces(currencyExponent(currency), Decimal.ROUND_DOWN);
}

type Redeeming = Pick<LoyaltyProgramRow, 'pointValue' | 'minimumRedeem' | 'maximumPercent'>;

/** The most that points can pay of a basket. */
export interface RedeemLimit {
  /** Number of points whose value reaches the amount. */
  points: number;
  amount: Decimal;
}

/**
 * The most that points can pay of a basket, whatever the customer has.
 * @param payable the basket after all other discounts, as prices are quoted.
 *
 * @example
 * // 10.00 at 0.03 a point: 334 points for 10.00. The last point is worth only 0.01.
 */
export function redeemLimit(program: Redeeming, payable: Decimal, currency: string): RedeemLimit {
  const amount = roundedDown(payable.times(program.maximumPercent).dividedBy(HUNDRED), currency);
  const points = Decimal.min(amount.dividedBy(program.pointValue).ceil(), MAX_POINTS).toNumber();
  return { points, amount };
}

/** Most points of one entry: sums of entries stay within an integer of PostgreSQL. */
export const MAX_POINTS = 10_000_000;

/** The amount that points pay of a basket, or the error of their number. */
export type Redemption = { amount: Decimal; error?: undefined } | { amount?: undefined; error: FieldError };

/** Computes the amount that points pay of a basket. The balance is checked when the points are taken. */
export function redemption(
  program: Redeeming,
  { points, payable, currency }: { points: number; payable: Decimal; currency: string },
): Redemption {
  const { minimumRedeem } = program;
  if (points < minimumRedeem) {
    const message = `At least ${minimumRedeem} points must be redeemed at once.`;
    return { error: { field: 'redeemPoints', message, code: 'BELOW_MINIMUM' } };
  }
  const limit = redeemLimit(program, payable, currency);
  if (points > limit.points) {
    const message = `Points can pay up to ${formatMoney(limit.amount, currency)} ${currency} of this sale: ${limit.points} points.`;
    return { error: { field: 'redeemPoints', message, code: 'ABOVE_LIMIT' } };
  }
  const amount = Decimal.min(pointsValue(program, points, currency), limit.amount);
  if (!amount.isZero()) return { amount };
  return {
    error: { field: 'redeemPoints', message: `${points} points are worth nothing.`, code: 'NO_VALUE' },
  };
}
