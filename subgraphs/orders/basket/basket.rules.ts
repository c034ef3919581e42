/** Pricing a basket: the items that a till, a shop or a program sends become priced lines, with all issues of the items. */
import { ZERO } from '#kernel/decimal';
import { quantitySold, type ResolvedItem } from '#subgraphs/catalog/index';
import type { CampaignResult, RedeemedPart } from '#subgraphs/marketing/index';
import { fieldIssue, type Issue, type Result } from '../issues.rules';
import {
  NO_TAX_CLASS,
  calculateSale,
  type Discount,
  type PricingTerms,
  type Reduction,
  type SaleTotals,
} from '../pricing/pricing.rules';
import {
  NO_CAMPAIGNS,
  campaignReductions,
  codeIssues,
  evaluateBasket,
  invalidCodeIssues,
  type BasketCampaigns,
} from './basket-campaigns.rules';
import { memberIssues, pointsDiscount, type BasketPoints } from './basket-points.rules';
import {
  labelContradiction,
  referenceContradiction,
  lineIssues,
  unknownItem,
  unsellableLabel,
  type BasketItem,
  type BasketLine,
} from './basket-line.rules';

/** A basket to price. */
export interface UnpricedBasket {
  readonly items: readonly BasketItem[];
  /** On the whole basket, after the discounts of its items. */
  readonly discount?: Discount | null;
  /** Its campaigns and codes. Optional; defaults to none. */
  readonly campaigns?: BasketCampaigns;
  /** The points of its customer. Optional; defaults to none. */
  readonly points?: BasketPoints;
}

/** A priced basket. */
export interface Basket {
  lines: BasketLine[];
  issues: Issue[];
  /** Undefined if a line or a discount is invalid. */
  totals: SaleTotals | undefined;
  /** The campaigns that it gets, and those that it does not get. */
  campaigns: CampaignResult;
  /** Points that pay a part of it. */
  redeemed?: RedeemedPart;
}

/** Far above any sale, and far below what a column of NUMERIC(19, 4) holds. */
const MAX_TOTAL = '1e12';

/**
 * Prices a basket.
 * @param resolvedItems the items as the catalogue has them, in the order of the input; undefined for an unknown item.
 * @param mayOverride whether the caller may charge another price than the catalogue's.
 */
export function priceBasket(
  terms: PricingTerms,
  input: UnpricedBasket,
  resolvedItems: readonly (ResolvedItem | undefined)[],
  mayOverride: boolean,
): Basket {
  const results = input.items.map((item, index) =>
    basketLine(item, resolvedItems[index], index, mayOverride),
  );
  const lines = results.flatMap(({ value }) => value ?? []);
  const issues = results.flatMap((result) => result.issues ?? []);
  const { discount = null, campaigns } = input;
  const unpriced = (found: readonly Issue[]): Basket => ({
    lines,
    issues: [
      ...found,
      ...(input.points ? memberIssues(input.points) : []),
      ...(campaigns ? invalidCodeIssues(campaigns) : []),
    ],
    totals: undefined,
    campaigns: NO_CAMPAIGNS,
  });
  if (issues.length > 0) return unpriced(issues);
  const price = (reductions: readonly Reduction[]) =>
    withPoints({ ...terms, lines }, input.points, reductions, (all) =>
      basketTotals(terms, lines, discount, all),
    );
  if (!campaigns) return { lines, campaigns: NO_CAMPAIGNS, ...price([]) };
  // A first calculation without discounts of the order says how much campaigns can reduce.
  const before = basketTotals(terms, lines, null);
  if (before.issues) return unpriced(before.issues);
  const result = evaluateBasket(campaigns, lines, before.value.lines);
  const { issues: others, ...priced } = price(campaignReductions(result));
  return { lines, campaigns: result, ...priced, issues: [...codeIssues(campaigns, result), ...others] };
}

/** Prices a basket again with the discount of points, which depends on what all other discounts leave. */
function withPoints(
  { currency, lines }: PricingTerms & Pick<Basket, 'lines'>,
  points: BasketPoints | undefined,
  reductions: readonly Reduction[],
  price: (reductions: readonly Reduction[]) => Result<SaleTotals>,
): Pick<Basket, 'issues' | 'totals' | 'redeemed'> {
  const { issues = [], value: totals } = price(reductions);
  if (!points?.redeem || !totals) return { issues, totals };
  const discount = pointsDiscount(points, { lines, totals }, currency);
  if (discount.issues) return { issues: discount.issues, totals };
  const { reduction, ...redeemed } = discount.value;
  return { issues: [], totals: price([...reductions, reduction]).value, redeemed };
}

function basketLine(
  item: BasketItem,
  resolvedItem: ResolvedItem | undefined,
  index: number,
  mayOverride: boolean,
): Result<BasketLine> {
  if (!resolvedItem) return { issues: [unknownItem(item, index)] };
  if (resolvedItem.contradiction)
    return { issues: [referenceContradiction(resolvedItem, resolvedItem.contradiction, index)] };
  if (resolvedItem.labelError) return { issues: [unsellableLabel(resolvedItem.labelError, index)] };
  const quantity = quantitySold(resolvedItem, item);
  if (!quantity) return { issues: [labelContradiction(resolvedItem, index)] };
  const line: BasketLine = {
    index,
    item: soldAs(resolvedItem),
    quantity,
    unitPrice: item.unitPrice ?? resolvedItem.unitPrice,
    discount: item.discount ?? null,
    note: item.note?.trim() ? item.note.trim() : null,
  };
  const issues = lineIssues(line, { priced: item.unitPrice != null, mayOverride });
  return issues.length > 0 ? { issues } : { value: line };
}

/** A multi-purpose gift card is not taxed when it is sold, whatever the tax class of its product: it is sold without one. */
function soldAs(item: ResolvedItem): ResolvedItem {
  return item.giftCardPurpose === 'multi_purpose' ? { ...item, taxRate: ZERO, ...NO_TAX_CLASS } : item;
}

function basketTotals(
  terms: PricingTerms,
  lines: readonly BasketLine[],
  discount: Discount | null,
  reductions: readonly Reduction[] = [],
): Result<SaleTotals> {
  const saleLines = lines.map((line) => ({
    ...line,
    taxRate: line.item.taxRate,
    giftCardPurpose: line.item.giftCardPurpose,
  }));
  const totals = calculateSale(terms, saleLines, discount, reductions);
  if (totals.issues || totals.value.grossTotal.lessThan(MAX_TOTAL)) return totals;
  return { issues: [fieldIssue('items', 'The sale is too large.', 'TOO_LARGE')] };
}
