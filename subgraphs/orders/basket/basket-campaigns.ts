/** Reads the campaigns and codes of a basket. */
import { permits } from '#kernel/auth/actor';
import type { RequestContext } from '#kernel/context';
import type { Queryable } from '#kernel/db/database';
import { invalid } from '#kernel/errors';
import { assertMayGuess, countGuesses } from '#kernel/limits/index';
import type { SellingTerms } from '#subgraphs/auth/index';
import { campaignPricing, type Buyer } from '#subgraphs/marketing/index';
import { isGuess, type BasketCampaigns } from './basket-campaigns.rules';

/** A basket whose campaigns are read. */
export interface CampaignSale {
  readonly at: Date;
  readonly channel: string;
  readonly buyer: Buyer;
  readonly codes: readonly string[] | null | undefined;
}

const MAX_CODES = 20;

/**
 * The campaigns and codes of a basket, for `priceBasket`. Sends no statement for a basket without codes, if no campaign has a limit.
 * @throws PosProError 422 for too many codes; 429 RATE_LIMITED for a caller without `marketing:read` who guesses codes.
 */
export async function basketCampaigns(
  ctx: RequestContext,
  db: Queryable,
  terms: SellingTerms,
  { codes, ...sale }: CampaignSale,
): Promise<BasketCampaigns> {
  if ((codes ?? []).length > MAX_CODES)
    throw invalid('discountCodes', `A sale has ${MAX_CODES} discount codes at most.`, 'TOO_MANY');
  const mayExplain = permits(ctx.actor, 'marketing:read');
  const counts = codes?.length && !mayExplain;
  if (counts) await assertMayGuess(ctx, 'discount');
  const pricing = await campaignPricing(ctx, db, { ...terms, ...sale, codes: codes ?? [] });
  if (counts) await countGuesses(ctx, 'discount', pricing.codes.filter(isGuess).length);
  return { ...pricing, mayExplain };
}
