/** Campaigns and discount codes of carts. */
import type { RequestContext } from '#kernel/context';
import type { Queryable } from '#kernel/db/database';
import { sum, type Decimal } from '#kernel/decimal';
import { e164 } from '#subgraphs/customers/index';
import { campaignPricing, codeKey, type AppliedCampaign, type Buyer } from '#subgraphs/marketing/index';
import type { BasketCampaigns } from '../basket/basket-campaigns.rules';
import type { TillTerms } from '../basket/selling-terms';
import type { CartRow } from '../tables.generated';

/** A discount code of a cart as it is shown. */
export interface CartCode {
  code: string;
  /** Zero for a code without effect. */
  amount: Decimal;
  currency: string;
}

/**
 * The customer of a cart, as limits by customer know them: guests by the data that they have entered. A number that is not valid in the
 * country of the shipment stays as it was typed, so that it counts, too.
 */
export function buyerOf({ customerId, email, phone, shippingAddress }: CartRow): Buyer {
  return { customerId, email, phone: phone && (e164(phone, shippingAddress?.country) ?? phone) };
}

/**
 * The campaigns and codes of a cart, for `priceBasket`. Its codes were checked when they were entered, and showing them does not count as a guess.
 * @param db the caller's own connection.
 */
export async function cartCampaigns(
  ctx: RequestContext,
  db: Queryable,
  terms: TillTerms,
  cart: CartRow,
  at: Date,
): Promise<BasketCampaigns> {
  const { channel, codes } = cart;
  const pricing = await campaignPricing(ctx, db, { ...terms, at, channel, codes, buyer: buyerOf(cart) });
  return { ...pricing, mayExplain: false };
}

/** The codes of a cart, with the amounts by which they reduce it. */
export function shownCodes(
  { codes }: CartRow,
  { currency }: TillTerms,
  applied: readonly AppliedCampaign[],
): CartCode[] {
  return codes.map((typed) => {
    const steps = applied.filter((step) => step.code && codeKey(step.code.code) === codeKey(typed));
    const code = steps[0]?.code?.code ?? typed;
    return { code, amount: sum(steps.map(({ amount }) => amount)), currency };
  });
}
