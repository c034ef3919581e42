/** Entering discount codes of carts. */
import type { RequestContext } from '#kernel/context';
import { invalid, notFound } from '#kernel/errors';
import { codeKey, isCode } from '#subgraphs/marketing/index';
import { basketCampaigns } from '../basket/basket-campaigns';
import { invalidCodeIssues } from '../basket/basket-campaigns.rules';
import { tillTerms } from '../basket/selling-terms';
import type { ApplyCartCodeInput } from '../inputs.generated';
import { throwIssues } from '../issues.rules';
import { buyerOf } from './cart-discounts';
import { changeCart } from './carts';

/** Most codes of a cart: of several codes few can apply together. */
export const MAX_CART_CODES = 5;

/**
 * Adds a discount code to a cart. The checkout takes its use. A code that does nothing yet, because the cart has too little, is kept.
 * @returns the id of the cart's row.
 * @throws PosProError 422 DISCOUNT_INVALID for a code that cannot be used, or by field; 429 for a caller who guesses codes; as changeCart.
 */
export function applyCartCode(
  ctx: RequestContext,
  cartId: string,
  { code }: ApplyCartCodeInput,
): Promise<string> {
  if (!isCode(code.trim())) throw invalid('code', 'Must be a code of letters and digits.');
  const key = codeKey(code);
  const change = { operation: 'applyCartCode', input: { code: key } };
  return changeCart(ctx, cartId, change, async (tx, cart) => {
    if (cart.codes.some((one) => codeKey(one) === key)) return {};
    if (cart.codes.length >= MAX_CART_CODES)
      throw invalid('code', `A cart has ${MAX_CART_CODES} codes at most.`, 'TOO_MANY');
    const terms = await tillTerms(ctx, tx, cart.branchId);
    const sale = { at: tx.now, channel: cart.channel, buyer: buyerOf(cart), codes: [code] };
    const campaigns = await basketCampaigns(ctx, tx, terms, sale);
    // A guest may enter the mail address later, by which uses are counted.
    const issues = invalidCodeIssues(campaigns).filter(
      ({ details }) => details?.reason !== 'customer_required',
    );
    throwIssues(issues.map((issue) => ({ ...issue, field: 'code' })));
    return { codes: [...cart.codes, code.trim().toUpperCase()] };
  });
}

/** Removes a discount code from a cart. @throws PosProError 404 for a code that it does not have; as changeCart. */
export function removeCartCode(ctx: RequestContext, cartId: string, code: string): Promise<string> {
  const key = codeKey(code);
  const change = { operation: 'removeCartCode', input: { code: key } };
  return changeCart(ctx, cartId, change, (_, cart) => {
    const codes = cart.codes.filter((one) => codeKey(one) !== key);
    if (codes.length === cart.codes.length) throw notFound('discount code', code);
    return Promise.resolve({ codes });
  });
}
