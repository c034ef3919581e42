/** Tokens of cards, which a provider's own script makes in the customer's browser. */
import type { FieldError } from '#kernel/errors';

/** A masked card number has asterisks. */
const TOKEN = /^[\w-]{3,255}$/;

/** The errors of a token: the number of a card, and everything that cannot be a token. */
export function tokenErrors(token: string | null | undefined): FieldError[] {
  if (token == null || TOKEN.test(token)) return [];
  const message = 'Must be a token of the provider, never the number of a card.';
  return [{ field: 'providerToken', message, code: 'INVALID' }];
}
