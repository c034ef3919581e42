/** Protection against guessing the codes of gift cards and discounts. */
import { createHash } from 'node:crypto';
import { organizationOf, userOf } from '../auth/access';
import type { RequestContext } from '../context';
import { limitsOf, rateLimited, WRONG_CODES } from './limits';

/** Codes whose guesses are counted, each kind by itself. */
type GuessedCode = 'gift card' | 'discount';

/** @throws PosProError 429 RATE_LIMITED for a caller who has entered too many wrong codes. */
export async function assertMayGuess(ctx: RequestContext, kind: GuessedCode): Promise<void> {
  const state = await limitsOf(ctx).wrongCodes.peek(guesserKey(ctx, kind));
  const minutes = WRONG_CODES.withinSeconds / 60;
  if (state.exceeded) throw rateLimited(state, 'Too many wrong codes', `in ${minutes} minutes`);
}

/** Counts wrong codes of a caller. */
export async function countGuesses(ctx: RequestContext, kind: GuessedCode, count: number): Promise<void> {
  if (count > 0) await limitsOf(ctx).wrongCodes.consume(guesserKey(ctx, kind), count);
}

/** Counts by caller and address, so that one visitor of a shop does not lock out the others. */
function guesserKey(ctx: RequestContext, kind: GuessedCode): string {
  const parts = JSON.stringify([kind, organizationOf(ctx), userOf(ctx), ctx.request.address]);
  return createHash('sha256').update(parts).digest('base64url');
}
