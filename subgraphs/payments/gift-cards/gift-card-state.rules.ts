/** The state of a gift card at a moment. */
import type { GiftCardStatus } from '../inputs.generated';
import type { GiftCardRow } from '../tables.generated';

type Dated = Pick<GiftCardRow, 'disabledAt' | 'expiresAt'>;

/** Whether a card can pay. A card without a balance is active: it can be topped up. */
export function giftCardStatus({ disabledAt, expiresAt }: Dated, now: Date): GiftCardStatus {
  if (disabledAt !== null) return 'disabled';
  return expiresAt !== null && expiresAt <= now ? 'expired' : 'active';
}

/** The reason why a code cannot pay. */
export type UnusableCode = 'UNKNOWN' | 'EXPIRED' | 'OTHER_CURRENCY';

/**
 * The reason why a card cannot pay; undefined for a card that can. A disabled card is answered as an unknown one: a
 * caller who found or guessed a code must not learn that it was once valid.
 */
export function unusableCode(
  card: (Dated & Pick<GiftCardRow, 'currency'>) | undefined,
  { currency, now }: { currency: string; now: Date },
): UnusableCode | undefined {
  const status = card && giftCardStatus(card, now);
  if (!card || status === 'disabled') return 'UNKNOWN';
  if (status === 'expired') return 'EXPIRED';
  return card.currency === currency ? undefined : 'OTHER_CURRENCY';
}

/** The message for each reason. None of them has the code. */
export const UNUSABLE_MESSAGES: Readonly<Record<UnusableCode, string>> = {
  UNKNOWN: 'There is no gift card with this code.',
  EXPIRED: 'The gift card has expired.',
  OTHER_CURRENCY: 'The gift card has another currency.',
};
