/**
 * The codes of gift cards. A code is derived from the id of its card under JWT_SECRET, and only its hash is stored: neither a dump of
 * the database nor a stored answer has a usable code, and a repeated request is answered with the same code.
 */
import { derivedSecret, secretHash } from '#kernel/auth/secrets';
import type { Config } from '#kernel/config';
import type { RequestContext } from '#kernel/context';
import { assertMayGuess, countGuesses } from '#kernel/limits/index';
import { normalizeGiftCardCode, resemblesCardNumber, toGiftCardCode } from './gift-card-code.rules';

/** The code of a new card. */
export function newGiftCardCode(config: Config, giftCardId: string): string {
  for (let attempt = 0; ; attempt += 1) {
    const code = toGiftCardCode(derivedSecret(config, 'gift-card', `${giftCardId}:${attempt}`));
    if (!resemblesCardNumber(code)) return code;
  }
}

/** The stored hash of a code, in hex; undefined for a text that cannot be a code. The 80 random bits make a slow hash needless. */
export function giftCardCodeHash(text: string): string | undefined {
  const code = normalizeGiftCardCode(text);
  return code === undefined ? undefined : secretHash(code).toString('hex');
}

/** @throws PosProError 429 RATE_LIMITED for a caller who has entered too many wrong codes. */
export function assertMayEnterCodes(ctx: RequestContext): Promise<void> {
  return assertMayGuess(ctx, 'gift card');
}

/** Counts wrong codes of a caller. */
export function countWrongCodes(ctx: RequestContext, count: number): Promise<void> {
  return countGuesses(ctx, 'gift card', count);
}
