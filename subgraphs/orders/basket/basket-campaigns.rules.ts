/** Campaigns and codes of a basket: its lines as campaigns see them, their discounts, and the issues of codes. */
import { ZERO } from '#kernel/decimal';
import type {
  CampaignLine,
  CampaignPricing,
  CampaignResult,
  CheckedCode,
  CodeReason,
  SkipReason,
} from '#subgraphs/marketing/index';
import { fieldIssue, type Issue } from '../issues.rules';
import type { PricedLine, Reduction } from '../pricing/pricing.rules';
import type { BasketLine } from './basket-line.rules';

/** The campaigns and codes with which a basket is priced. */
export interface BasketCampaigns extends CampaignPricing {
  /** Whether the caller may learn that a code exists which cannot be used. */
  readonly mayExplain: boolean;
}

export const NO_CAMPAIGNS: CampaignResult = {
  applied: [],
  skipped: [],
  freeShipping: false,
  pointsMultiplier: null,
};

/**
 * The campaigns that a basket gets. They neither see nor reduce lines that sell gift cards, which will pay as money does.
 * @param priced the lines without discounts of the order.
 * @returns amounts for each line of the basket.
 */
export function evaluateBasket(
  campaigns: BasketCampaigns,
  lines: readonly BasketLine[],
  priced: readonly PricedLine[],
): CampaignResult {
  const goods = lines.flatMap(({ item }, index) => (item.giftCardPurpose ? [] : [index]));
  const result = campaigns.evaluate(goods.map((index) => toCampaignLine(lines[index]!, priced[index]!)));
  if (goods.length === lines.length) return result;
  const applied = result.applied.map((step) => {
    const amounts = lines.map(() => ZERO);
    step.amounts.forEach((amount, position) => (amounts[goods[position]!] = amount));
    return { ...step, amounts };
  });
  return { ...result, applied };
}

function toCampaignLine({ item, quantity }: BasketLine, { subtotal, discount }: PricedLine): CampaignLine {
  const { variantId, productId, categoryId, brandId } = item;
  return { variantId, productId, categoryId, brandId, quantity, amount: subtotal.minus(discount) };
}

/** The discounts of the campaigns that a basket gets. */
export function campaignReductions({ applied }: CampaignResult): Reduction[] {
  return applied.map(({ campaign, code, amounts }) => ({
    source: code ? 'code' : 'campaign',
    label: code ? `${campaign.name} (${code.code})` : campaign.name,
    campaignId: campaign.id,
    codeId: code?.id ?? null,
    amounts,
  }));
}

/** Reasons that a caller who may not see codes cannot distinguish from a code that does not exist. */
const HIDDEN: readonly (CodeReason | SkipReason)[] = [
  'unknown',
  'inactive',
  'not_started',
  'expired',
  'exhausted',
  'customer',
  'customer_uses',
  'uses',
  'budget',
];
const EXHAUSTED: readonly (CodeReason | SkipReason)[] = ['exhausted', 'customer_uses', 'uses', 'budget'];
/** Another campaign saves more, so the customer loses nothing. */
const HARMLESS: readonly (CodeReason | SkipReason)[] = ['combination', 'group'];

const MESSAGES: Readonly<Partial<Record<CodeReason | SkipReason, string>>> = {
  unknown: 'does not exist',
  inactive: 'belongs to a campaign that is not active',
  not_started: 'is not valid yet',
  expired: 'has expired',
  exhausted: 'is used up',
  uses: 'is used up',
  budget: 'is used up',
  customer: 'belongs to another customer',
  customer_uses: 'was used by this customer already',
  customer_required: 'requires a customer',
  audience: 'does not apply to this customer',
  period: 'does not apply at this time',
  hours: 'does not apply at this hour',
  channel: 'does not apply in this channel',
  branch: 'does not apply at this branch',
  condition: 'requires more in the basket',
  code_minimum: 'requires a larger basket',
  no_effect: 'reduces none of the items',
};

/** The issues of codes without effect, by the position in which they were given. */
export function codeIssues({ codes, mayExplain }: BasketCampaigns, result: CampaignResult): Issue[] {
  return codes.flatMap((code) => {
    const reason = reasonOf(code, result);
    return reason === undefined || HARMLESS.includes(reason) ? [] : [codeIssue(code, reason, mayExplain)];
  });
}

/** The issues of codes that are invalid whatever is in the basket. */
export function invalidCodeIssues({ codes, mayExplain }: BasketCampaigns): Issue[] {
  return codes.flatMap((code) =>
    code.reason === undefined ? [] : [codeIssue(code, code.reason, mayExplain)],
  );
}

/** Whether an issue of a basket is one of a discount code. */
export function isOfCode({ field }: Pick<Issue, 'field'>): boolean {
  return field.startsWith('discountCodes');
}

/** Whether a code is wrong or used up, which counts as a guess of a caller who may not see codes. */
export function isGuess({ reason }: CheckedCode): boolean {
  return reason !== undefined && HIDDEN.includes(reason);
}

/** The reason why a code has no effect; undefined if it has one. */
function reasonOf(
  { row, reason }: CheckedCode,
  { applied, skipped }: CampaignResult,
): CodeReason | SkipReason | undefined {
  if (reason !== undefined || !row) return reason;
  if (applied.some(({ code }) => code?.id === row.id)) return undefined;
  // Of several codes of a campaign, the first is used.
  if (applied.some(({ campaign }) => campaign.id === row.campaignId)) return 'combination';
  return skipped.find(({ campaign }) => campaign.id === row.campaignId)?.reason ?? 'no_effect';
}

function codeIssue(
  { given, index }: CheckedCode,
  reason: CodeReason | SkipReason,
  mayExplain: boolean,
): Issue {
  const hidden = HIDDEN.includes(reason) && !mayExplain;
  const code = EXHAUSTED.includes(reason) && !hidden ? 'DISCOUNT_EXHAUSTED' : 'DISCOUNT_INVALID';
  const message = `The discount code "${given}" ${hidden ? 'is not valid' : MESSAGES[reason]!}.`;
  return {
    ...fieldIssue(`discountCodes.${index}`, message, code),
    code,
    details: { code: given, reason: hidden ? 'invalid' : reason },
  };
}
