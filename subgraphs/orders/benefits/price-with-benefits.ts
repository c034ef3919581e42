/** Pricing a basket with everything that may reduce it, for the channels that sell: till, createOrder, cart. */
import type { RequestContext } from '#kernel/context';
import type { Queryable } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import type { ResolvedItem } from '#subgraphs/catalog/index';
import { basketCampaigns, type CampaignSale } from '../basket/basket-campaigns';
import type { BasketCampaigns } from '../basket/basket-campaigns.rules';
import { basketPoints } from '../basket/basket-points';
import { pointsBenefit, type BasketPoints } from '../basket/basket-points.rules';
import { priceBasket, type Basket, type UnpricedBasket } from '../basket/basket.rules';
import type { TillTerms } from '../basket/selling-terms';
import type { Benefits } from './take-benefits';

/** A sale, as campaigns, codes and points see it. */
export interface BenefitingSale extends CampaignSale {
  /** Points that the customer redeems. */
  readonly redeemPoints: number | null | undefined;
}

/** A basket to price: its items in the order of `resolvedItems`. */
export interface BasketToPrice {
  readonly input: UnpricedBasket;
  readonly resolvedItems: readonly (ResolvedItem | undefined)[];
  /** Whether the caller may charge another price than the catalogue's. */
  readonly mayOverride: boolean;
}

/** A basket that is priced with campaigns, codes and points. */
export interface BenefitingBasket extends Basket {
  /** Of the customer; see `CampaignPricing`. */
  readonly customerKeys: readonly string[];
  readonly points: BasketPoints;
}

/**
 * Prices a basket with its campaigns, codes and points. It takes none of them: that does `takeBenefits`, with `benefitsOf`.
 *
 * Sends no statement for a basket without codes and customer, if no campaign has a limit.
 * @param db the caller's own connection: a caller in a transaction must not wait for a second connection.
 * @throws PosProError 422 for too many codes; 429 RATE_LIMITED for a caller without `marketing:read` who guesses codes. Everything else is
 * an issue of the basket.
 */
export async function priceWithBenefits(
  ctx: RequestContext,
  db: Queryable,
  terms: TillTerms,
  { redeemPoints, ...sale }: BenefitingSale,
  basket: BasketToPrice,
): Promise<BenefitingBasket> {
  const campaigns = await basketCampaigns(ctx, db, terms, sale);
  const { customerId } = sale.buyer;
  return priceWithCampaigns(ctx, db, terms, { campaigns, customerId, redeemPoints }, basket);
}

/** A sale whose campaigns and codes are read. */
interface CampaignedSale extends Pick<BenefitingSale, 'redeemPoints'> {
  readonly campaigns: BasketCampaigns;
  readonly customerId: string | null;
}

/** The same for a caller who has read the campaigns and codes, as a cart does. Sends no statement without a customer. */
export async function priceWithCampaigns(
  ctx: RequestContext,
  db: Queryable,
  terms: TillTerms,
  { campaigns, customerId, redeemPoints }: CampaignedSale,
  { input, resolvedItems, mayOverride }: BasketToPrice,
): Promise<BenefitingBasket> {
  const points = await basketPoints(ctx, db, { customerId, redeemPoints: redeemPoints ?? null });
  const basket = priceBasket(terms, { ...input, campaigns, points }, resolvedItems, mayOverride);
  return { ...basket, customerKeys: campaigns.customerKeys, points };
}

/** Amounts that earn points beside the lines of a basket. */
interface Extras {
  readonly tip?: Decimal | null | undefined;
  /** With its tax. */
  readonly shipping?: Decimal | null | undefined;
}

/** The benefits of a priced basket, for `takeBenefits`. */
export function benefitsOf(
  { lines, totals, campaigns, customerKeys, points, redeemed }: BenefitingBasket,
  extras: Extras,
): Benefits {
  const { applied, pointsMultiplier: multiplier } = campaigns;
  return {
    campaigns: applied,
    customerKeys,
    pointsMultiplier: multiplier,
    points: totals && pointsBenefit(points, { lines, totals }, { ...extras, redeemed, multiplier }),
  };
}
