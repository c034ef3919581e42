/** The benefits of an order beyond its prices: uses and budgets of campaigns and codes, and points. Locked after accounts, before the session. */
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import { ZERO, sum, type Decimal } from '#kernel/decimal';
import type { SellingTerms } from '#subgraphs/auth/index';
import {
  earnedPoints,
  memberTerms,
  releaseDiscounts,
  returnPoints,
  takeDiscounts,
  takePoints,
  type AppliedCampaign,
  type RemainingSale,
} from '#subgraphs/marketing/index';
import type { PointsBenefit } from '../basket/basket-points.rules';
import type { FullOrder } from '../model';
import type { Reduction } from '../pricing/pricing.rules';

/** The benefits that an order takes. */
export interface Benefits {
  readonly campaigns: readonly AppliedCampaign[];
  /** Of the customer; see `CampaignPricing`. */
  readonly customerKeys: readonly string[];
  /** Factor of campaigns for the points that the order earns; null for none. */
  readonly pointsMultiplier?: Decimal | null;
  /** Undefined without a customer or an active loyalty program. */
  readonly points?: PointsBenefit | undefined;
}

export const NO_BENEFITS: Benefits = { campaigns: [], customerKeys: [] };

/** The benefits of an order that waits for its payment: it earns its points when it becomes a sale (`earnPoints`). */
export function withoutEarning({ points, ...benefits }: Benefits): Benefits {
  return { ...benefits, points: points && { ...points, earned: { points: 0, amount: ZERO, rate: ZERO } } };
}

/** The columns with which an order keeps its benefits. */
export function benefitColumns({ campaigns, points, pointsMultiplier = null }: Benefits) {
  return {
    pointsEarned: points?.earned.points ?? 0,
    campaignUses: campaigns.length,
    pointsMultiplier,
  };
}

interface BenefitingOrder {
  readonly orderId: string;
  readonly customerId: string | null;
}

/** An order that is placed. */
interface PlacedOrder extends BenefitingOrder {
  readonly branchId: string;
  /** Time of the sale. */
  readonly createdAt: Date;
}

/** Whether an order takes any benefit that may be rejected, and so waits for locks of others. Earned points are never rejected. */
export function hasBenefits({ campaigns, points }: Benefits): boolean {
  return campaigns.length > 0 || points?.redeemed !== undefined;
}

/**
 * Takes the benefits of an order when it is placed. Sends nothing without any. Without campaigns, the first statement is sent before the
 * function returns, so that it keeps its place among statements that are sent together.
 * @throws PosProError 422 DISCOUNT_EXHAUSTED, POINTS_INSUFFICIENT
 */
export async function takeBenefits(
  tx: Transaction,
  ctx: RequestContext,
  order: PlacedOrder,
  { campaigns, customerKeys, points }: Benefits,
): Promise<void> {
  const uses = campaigns.map(({ campaign, code, amount }) => ({
    campaignId: campaign.id,
    codeId: code?.id ?? null,
    amount,
  }));
  if (uses.length > 0) await takeDiscounts(tx, ctx, order, customerKeys, uses);
  if (points) await takePoints(tx, ctx, { ...order, ...points });
}

/** Adds the points of an order that becomes a sale after it was placed. Sends nothing without a customer or a program. @returns their number. */
export async function earnPoints(tx: Transaction, ctx: RequestContext, order: FullOrder): Promise<number> {
  const member = await memberTerms(ctx, tx, order.customerId);
  if (!member) return 0;
  const { id: orderId, branchId, pointsMultiplier, shippingTotal: shipping } = order;
  const lines = order.lines.map(({ net, tax, giftCardPurpose }) => {
    return { net, tax, giftCard: giftCardPurpose !== null };
  });
  const earned = earnedPoints(member, { lines, shipping }, pointsMultiplier ? [pointsMultiplier] : []);
  const sale = { orderId, branchId, createdAt: tx.now, member };
  await takePoints(tx, ctx, { ...sale, redeemed: undefined, earned });
  return earned.points;
}

/** The part of an order that ends. */
export interface EndedPart {
  /** The parts of its discounts that end; positive. */
  readonly reductions: readonly Reduction[];
  /** Whether its uses of campaigns and codes are released, too: also those without an amount, such as free shipping. */
  readonly undoesUses: boolean;
  /** The part of it that remains. */
  readonly kept: RemainingSale;
}

/**
 * Releases the benefits of an order that is cancelled, voided or refunded: uses, budgets and redeemed points. Reverses earned points.
 * Sends nothing if no campaign is concerned, and it has no customer or there is no loyalty program.
 * @returns the number of earned points that were reversed.
 */
export async function releaseBenefits(
  tx: Transaction,
  ctx: RequestContext,
  order: BenefitingOrder,
  terms: SellingTerms,
  { reductions, undoesUses, kept }: EndedPart,
): Promise<number> {
  const released = reductions.flatMap(({ campaignId, codeId, amounts }) =>
    campaignId ? [{ campaignId, codeId: codeId ?? null, amount: sum(amounts) }] : [],
  );
  if (released.length > 0 || undoesUses) await releaseDiscounts(tx, ctx, order, released, undoesUses);
  const { orderId, customerId } = order;
  if (customerId === null) return 0;
  const byPoints = reductions.filter(({ source }) => source === 'points');
  const restoredAmount = sum(byPoints.flatMap(({ amounts }) => amounts));
  const { reversed } = await returnPoints(tx, ctx, { ...terms, orderId, customerId, kept, restoredAmount });
  return reversed;
}
