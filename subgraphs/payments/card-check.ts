import { businessDay } from '#kernel/business-day.rules';
import type { RequestContext } from '#kernel/context';
import { branchOf, sellingTerms } from '#subgraphs/auth/index';
import { checkCard, type CardCheck } from './cards.rules';
import type { ValidateCardInput } from './inputs.generated';

/**
 * Checks a card. The number is neither stored nor logged nor answered.
 * @throws PosProError with an expiry: 404 for an unknown branch; 422 if no branch is named and the caller has none.
 */
export async function validateCard(
  ctx: RequestContext,
  { cardNumber, expiry, branchId }: ValidateCardInput,
): Promise<CardCheck> {
  if (expiry == null) return checkCard({ number: cardNumber });
  const { timeZone } = await sellingTerms(ctx.db, branchOf(ctx, branchId));
  return checkCard({ number: cardNumber, expiry, today: businessDay(ctx.clock.now(), timeZone) });
}
