import { NO_TIER, reviewedTier, type HeldTier } from '#subgraphs/marketing/loyalty/tier-review.rules';
import { amount } from '#test/harness/values';

const tier = (id: string, threshold: number, upkeep: number) => ({
  id,
  threshold: amount(threshold),
  upkeep: amount(upkeep),
});
const TIERS = [tier('gold', 1_000, 800), tier('silver', 300, 200), tier('bronze', 0, 0)];
const START = new Date('2026-01-10T00:00:00Z');
const END = new Date('2027-01-10T00:00:00Z');
const NOW = new Date('2026-06-01T00:00:00Z');
const UNTIL = new Date('2027-06-01T00:00:00Z');
const held = (tierId: string): HeldTier => ({ tierId, tierSince: START, tierUntil: END });
const started = (tierId: string): HeldTier => ({ tierId, tierSince: NOW, tierUntil: UNTIL });

const review = (before: HeldTier, current: number, { atSince = 1_000, now = NOW } = {}) =>
  reviewedTier(before, TIERS, { current: amount(current), atSince: amount(atSince) }, { now, until: UNTIL });

describe('a tier', () => {
  it('is reached by spend, the highest at once', () => {
    expect(review(NO_TIER, 0)).toEqual(started('bronze'));
    expect(review(NO_TIER, 299.99)).toEqual(started('bronze'));
    expect(review(NO_TIER, 300)).toEqual(started('silver'));
    expect(review(held('bronze'), 5_000)).toEqual(started('gold'));
    expect(
      reviewedTier(NO_TIER, [], { current: amount(9), atSince: amount(9) }, { now: NOW, until: UNTIL }),
    ).toEqual(NO_TIER);
  });

  it('lasts to its end, whatever the spend', () => {
    expect(review(held('gold'), 0)).toEqual(held('gold'));
  });

  it('is confirmed at its end by its upkeep, or gives way to the highest tier whose upkeep is reached', () => {
    const atEnd = (spend: number) =>
      reviewedTier(
        held('gold'),
        TIERS,
        { current: amount(spend), atSince: amount(1_000) },
        { now: END, until: UNTIL },
      ).tierId;
    expect(atEnd(800)).toBe('gold');
    expect(atEnd(799.99)).toBe('silver');
    expect(atEnd(200)).toBe('silver');
    expect(atEnd(199.99)).toBe('bronze');
  });

  it('ends at once if returns leave less than its upkeep of the spend that reached it', () => {
    expect(review(held('gold'), 900, { atSince: 800 })).toEqual(held('gold'));
    expect(review(held('gold'), 500, { atSince: 799.99 })).toEqual(started('silver'));
  });

  it('that was deleted gives way to the one that the spend reaches', () => {
    expect(review(held('platinum'), 350)).toEqual(started('silver'));
  });
});
