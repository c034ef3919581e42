/** Tiers by rolling spend: reached at once, kept for a period, then confirmed by their upkeep. */
import type { Decimal } from '#kernel/decimal';
import type { LoyaltyAccountRow, LoyaltyTierRow } from '../tables.generated';

/** The tier of a customer. */
export type HeldTier = Pick<LoyaltyAccountRow, 'tierId' | 'tierSince' | 'tierUntil'>;

/** A tier, as the rules need it. */
export type TierTerms = Pick<LoyaltyTierRow, 'id' | 'threshold' | 'upkeep'>;

/** The spend of a customer. Returns count at the time of their sales. */
export interface TierSpend {
  /** In the period that ends now. */
  current: Decimal;
  /** In the period that ended when the tier was reached or last confirmed. */
  atSince: Decimal;
}

/** The moment of a review, and the end of the period that starts with it. */
export interface ReviewTime {
  now: Date;
  until: Date;
}

export const NO_TIER: HeldTier = { tierId: null, tierSince: null, tierUntil: null };

/**
 * The tier after a review.
 *
 * - Spend that reaches a higher tier gives it at once, whichever tiers are between.
 * - At its end, a tier lasts another period if the spend reaches its upkeep. Otherwise the highest tier whose upkeep it reaches follows.
 * - A tier ends at once if returns of the sales that reached it leave less spend than its upkeep.
 */
export function reviewedTier(
  held: HeldTier,
  tiers: readonly TierTerms[],
  spend: TierSpend,
  { now, until }: ReviewTime,
): HeldTier {
  const started = (tier: TierTerms | undefined): HeldTier =>
    tier ? { tierId: tier.id, tierSince: now, tierUntil: until } : NO_TIER;
  const reached = highest(tiers, ({ threshold }) => threshold.lessThanOrEqualTo(spend.current));
  const current = tiers.find(({ id }) => id === held.tierId);
  if (!current) return started(reached);
  if (reached?.threshold.greaterThan(current.threshold)) return started(reached);
  if (spend.atSince.lessThan(current.upkeep)) return started(reached);
  if (held.tierUntil && now < held.tierUntil) return held;
  return started(highest(tiers, (tier) => isKept(tier, current, spend.current)));
}

/** Whether a tier may follow at the end of the current one: that one itself, or a lower one. */
function isKept(tier: TierTerms, current: TierTerms, spend: Decimal): boolean {
  return tier.threshold.lessThanOrEqualTo(current.threshold) && tier.upkeep.lessThanOrEqualTo(spend);
}

function highest(tiers: readonly TierTerms[], matches: (tier: TierTerms) => boolean): TierTerms | undefined {
  return tiers
    .filter(matches)
    .reduce<TierTerms | undefined>(
      (best, tier) => (best?.threshold.greaterThan(tier.threshold) ? best : tier),
      undefined,
    );
}
