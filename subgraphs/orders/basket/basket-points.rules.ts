/** Points of a basket: the discount that redeemed points give, the points that it earns, and their issues. */
import { ZERO, sum, type Decimal } from '#kernel/decimal';
import { invariant, type FieldError } from '#kernel/errors';
import { allocate } from '#kernel/money';
import {
  earnedPoints,
  insufficientError,
  redeemLimit,
  redemption,
  type EarnedPoints,
  type MemberTerms,
  type RedeemedPart,
} from '#subgraphs/marketing/index';
import { fieldIssue, type Issue, type Result } from '../issues.rules';
import type { Reduction, SaleTotals } from '../pricing/pricing.rules';
import type { BasketLine } from './basket-line.rules';

/** The points with which a basket is priced. */
export interface BasketPoints {
  /** The program and the customer's points; undefined without a customer or an active program. */
  readonly member: MemberTerms | undefined;
  /** Points to redeem; 0 for none. */
  readonly redeem: number;
  readonly hasCustomer: boolean;
}

/** The points of an order, for the ledger. */
export interface PointsBenefit {
  readonly member: MemberTerms;
  readonly redeemed: RedeemedPart | undefined;
  readonly earned: EarnedPoints;
}

/** A basket with its totals. */
export interface PricedBasket {
  readonly lines: readonly BasketLine[];
  readonly totals: Pick<SaleTotals, 'lines'>;
}

/** Redeemed points, and the discount that they give. */
export interface PointsDiscount extends RedeemedPart {
  readonly reduction: Reduction;
}

/**
 * The discount that the redeemed points give, spread over the lines by largest remainder. Points do not pay for gift cards.
 * @param basket priced with all other discounts.
 */
export function pointsDiscount(
  points: BasketPoints,
  basket: PricedBasket,
  currency: string,
): Result<PointsDiscount> {
  const issues = memberIssues(points);
  if (issues.length > 0) return { issues };
  const { redeem, member } = points;
  invariant(member, 'points without issues have a member');
  const remaining = remainingAmounts(basket);
  const result = redemption(member.program, { points: redeem, payable: sum(remaining), currency });
  if (result.error) return { issues: [fieldIssue('redeemPoints', result.error.message, result.error.code)] };
  if (redeem > member.balance) return { issues: [insufficientIssue(member.balance, redeem)] };
  const { amount } = result;
  const amounts = allocate(amount, remaining, currency);
  const reduction = { source: 'points' as const, label: `${redeem} points`, amounts };
  return { value: { points: redeem, amount, reduction } };
}

/** Whether an issue of a basket is one of redeemed points. */
export function isOfPoints({ field }: Pick<Issue, 'field'>): boolean {
  return field === 'redeemPoints';
}

/** The errors of a number of points that do not depend on the customer. */
export function pointsErrors(redeemPoints: number | null | undefined): FieldError[] {
  if (redeemPoints == null || redeemPoints >= 0) return [];
  return [{ field: 'redeemPoints', message: 'Points must not be negative.', code: 'NEGATIVE' }];
}

/** The issues of points that do not depend on the basket. */
export function memberIssues({ member, redeem, hasCustomer }: BasketPoints): Issue[] {
  if (redeem === 0 || member) return [];
  return hasCustomer
    ? [fieldIssue('redeemPoints', 'The loyalty program is not active.', 'PROGRAM_INACTIVE')]
    : [fieldIssue('redeemPoints', 'Points belong to a customer: name the customer.', 'CUSTOMER_REQUIRED')];
}

function insufficientIssue(balance: number, points: number): Issue {
  const { field, message, code } = insufficientError(balance, points);
  return { ...fieldIssue(field, message, code), code: 'POINTS_INSUFFICIENT', details: { balance } };
}

/** The goods after all discounts, as prices are quoted; zero for gift cards. */
function remainingAmounts({ lines, totals }: PricedBasket): Decimal[] {
  return totals.lines.map(({ subtotal, discount }, index) =>
    lines[index]!.item.giftCardPurpose ? ZERO : subtotal.minus(discount),
  );
}

/** The redeemed points of a sale, and the amounts that earn points beside its lines. */
export interface EarningExtras {
  readonly redeemed?: RedeemedPart | undefined;
  readonly tip?: Decimal | null | undefined;
  readonly shipping?: Decimal | null | undefined;
  /** Of campaigns; null for none. */
  readonly multiplier: Decimal | null;
}

/** The points that a priced basket redeems and earns; undefined without a member. */
export function pointsBenefit(
  { member }: BasketPoints,
  { lines, totals }: PricedBasket,
  { redeemed, tip, shipping, multiplier }: EarningExtras,
): PointsBenefit | undefined {
  if (!member) return undefined;
  const earning = totals.lines.map(({ net, tax }, index) => {
    const giftCard = Boolean(lines[index]!.item.giftCardPurpose);
    return { net, tax, giftCard };
  });
  const earned = earnedPoints(member, { lines: earning, tip, shipping }, multiplier ? [multiplier] : []);
  return { member, redeemed, earned };
}

/** The points of a customer beside a basket that is not sold yet. */
export interface PointsPreview {
  /** Points that the sale will earn. */
  readonly earned: number;
  readonly balance: number;
  /** The most points that the customer can redeem with this basket. */
  readonly redeemable: number;
  /** The discount that they give. */
  readonly value: Decimal;
  readonly currency: string;
}

/** @param basket with the discount of redeemed points, which counts as not redeemed yet. */
export function pointsPreview(
  { member, redeemed, earned: { points: earned } }: PointsBenefit,
  basket: PricedBasket,
  currency: string,
): PointsPreview {
  const { program, balance } = member;
  const payable = sum(remainingAmounts(basket)).plus(redeemed?.amount ?? ZERO);
  const limit = redeemLimit(program, payable, currency);
  const points = Math.min(limit.points, Math.max(balance, 0));
  const result = redemption(program, { points, payable, currency });
  const preview = { earned, balance, currency };
  return result.error
    ? { ...preview, redeemable: 0, value: ZERO }
    : { ...preview, redeemable: points, value: result.amount };
}
