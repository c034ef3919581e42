/** The discounts of a basket that is not sold yet: simulation of campaigns, and checks of codes. Writes nothing. */
import type { RequestContext } from '#kernel/context';
import { type Decimal, sum } from '#kernel/decimal';
import { branchOf } from '#subgraphs/auth/index';
import type { AppliedCampaign } from '#subgraphs/marketing/index';
import { basketCampaigns, type CampaignSale } from '../basket/basket-campaigns';
import { invalidCodeIssues, isOfCode, type BasketCampaigns } from '../basket/basket-campaigns.rules';
import { priceBasket, type Basket } from '../basket/basket.rules';
import { priceItems } from '../basket/price-items';
import { tillTerms, type TillTerms } from '../basket/selling-terms';
import type {
  ApplyDiscountInput,
  DiscountItemInput,
  SimulateCampaignsInput,
  ValidateDiscountInput,
} from '../inputs.generated';
import { fieldIssue, throwIssues, type Issue } from '../issues.rules';
import { MAX_LINES } from '../model';
import type { SaleTotals } from '../pricing/pricing.rules';

/** A priced basket with its campaigns. */
export interface DiscountPreview {
  readonly terms: TillTerms;
  readonly totals: SaleTotals;
  readonly campaigns: Basket['campaigns'];
}

/** The campaigns of a basket at a moment. @throws PosProError 404 for an unknown branch; 422 for an invalid item or code. */
export async function simulateCampaigns(
  ctx: RequestContext,
  input: SimulateCampaignsInput,
): Promise<DiscountPreview> {
  const { terms, campaigns, at } = await readCampaigns(ctx, input, { ...input, codes: input.discountCodes });
  const basket = await pricedBasket(ctx, terms, { items: input.items, campaigns, at });
  return toPreview(terms, basket);
}

/** A basket with a code. @throws PosProError 422 DISCOUNT_INVALID or DISCOUNT_EXHAUSTED for a code without effect. */
export async function applyDiscount(
  ctx: RequestContext,
  code: string,
  input: ApplyDiscountInput,
): Promise<DiscountPreview> {
  const { terms, campaigns, at } = await readCampaigns(ctx, input, { ...input, codes: [code] });
  const basket = await pricedBasket(ctx, terms, { items: input.items, campaigns, at });
  return toPreview(terms, { ...basket, issues: basket.issues.map((issue) => ofCode(issue, 'code')) });
}

export interface DiscountCheck {
  readonly terms: TillTerms;
  readonly code: string;
  readonly issue: Issue | undefined;
  /** Null without a basket, and for an invalid code. */
  readonly amount: Decimal | null;
}

/** Checks a code. @throws PosProError 404 for an unknown branch; 422 for an invalid item; 429 for a caller who guesses codes. */
export async function validateDiscount(
  ctx: RequestContext,
  { items, ...input }: ValidateDiscountInput,
): Promise<DiscountCheck> {
  const { code } = input;
  const { terms, campaigns, at } = await readCampaigns(ctx, input, { ...input, codes: [code] });
  if (!items?.length) {
    const [issue] = invalidCodeIssues(campaigns);
    return { terms, code, issue, amount: null };
  }
  const basket = await pricedBasket(ctx, terms, { items, campaigns, at });
  throwIssues(basket.issues.filter((issue) => !isOfCode(issue)));
  const issue = basket.issues.find(isOfCode);
  const amount = issue ? null : sum(basket.campaigns.applied.filter(hasCode).map((step) => step.amount));
  return { terms, code, issue, amount };
}

interface Circumstances {
  readonly customerId?: string | null | undefined;
  readonly email?: string | null | undefined;
  readonly phone?: string | null | undefined;
  readonly branchId?: string | null | undefined;
  readonly channel?: string | null | undefined;
  readonly at?: Date | null | undefined;
}

async function readCampaigns(
  ctx: RequestContext,
  { branchId }: Circumstances,
  { customerId, email, phone, channel, at = null, codes }: Circumstances & Pick<CampaignSale, 'codes'>,
) {
  const terms = await tillTerms(ctx, ctx.db, branchOf(ctx, branchId));
  const sale = { at: at ?? ctx.clock.now(), channel: channel ?? 'pos', codes };
  const buyer = { customerId: customerId?.toLowerCase() ?? null, email, phone };
  return { terms, at: sale.at, campaigns: await basketCampaigns(ctx, ctx.db, terms, { ...sale, buyer }) };
}

interface BasketToPrice {
  readonly items: readonly DiscountItemInput[];
  readonly campaigns: BasketCampaigns;
  readonly at: Date;
}

async function pricedBasket(
  ctx: RequestContext,
  terms: TillTerms,
  { items, campaigns, at }: BasketToPrice,
): Promise<Basket> {
  if (items.length === 0) throwIssues([fieldIssue('items', 'There are no items.', 'REQUIRED')]);
  if (items.length > MAX_LINES)
    throwIssues([fieldIssue('items', `A basket has ${MAX_LINES} items at most.`, 'TOO_MANY')]);
  const resolvedItems = await priceItems(ctx, ctx.db, { branchId: terms.branchId, at }, items);
  return priceBasket(terms, { items, campaigns }, resolvedItems, false);
}

function toPreview(terms: TillTerms, { issues, totals, campaigns }: Basket): DiscountPreview {
  throwIssues(issues);
  return { terms, totals: totals!, campaigns };
}

/** An issue of a code that the caller named in another field. */
function ofCode(issue: Issue, field: string): Issue {
  return isOfCode(issue) ? { ...issue, field } : issue;
}

function hasCode({ code }: AppliedCampaign): boolean {
  return code !== null;
}
