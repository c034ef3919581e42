/** Sales that a till cannot make without the server: balances are reduced there, and codes of gift cards are made there. */
import type { Basket } from './basket';
import type { Tender } from './tenders';

/** Payment methods whose balance the server keeps. */
export const STORED_VALUE: readonly string[] = ['gift_card', 'store_credit'];

/** The reason why they need a connection, for people. */
export const STORED_VALUE_NEED = 'Gift cards and store credit pay only with a connection.';

/** Why a basket needs a connection, in sentences for people; empty if it does not. */
export function connectionNeeds(
  { lines, redeemPoints }: Pick<Basket, 'lines' | 'redeemPoints'>,
  tenders: readonly Pick<Tender, 'method'>[] = [],
): string[] {
  return [
    ...(lines.some(({ giftCard }) => giftCard) ? ['Gift cards are sold only with a connection.'] : []),
    ...(redeemPoints > 0 ? ['Points are redeemed only with a connection.'] : []),
    ...(tenders.some(({ method }) => STORED_VALUE.includes(method)) ? [STORED_VALUE_NEED] : []),
  ];
}
