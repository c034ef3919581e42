/** Pricing a basket: the items that a till sends become priced lines, with all issues of the items. */
import { quantitySold, type ResolvedItem } from '#subgraphs/catalog/index';
import {
  calculateSale,
  fieldIssue,
  type Discount,
  type Issue,
  type PricingTerms,
  type Result,
  type SaleTotals,
} from '#subgraphs/orders/index';
import {
  labelContradiction,
  referenceContradiction,
  lineIssues,
  unknownItem,
  unsellableLabel,
  type BasketLine,
} from './basket-line.rules';
import type { CheckoutInput, CheckoutItemInput } from '../inputs.generated';

/** A priced basket. */
export interface Basket {
  lines: BasketLine[];
  issues: Issue[];
  /** Undefined if a line or a discount is invalid. */
  totals: SaleTotals | undefined;
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
  input: Pick<CheckoutInput, 'items' | 'discount'>,
  resolvedItems: readonly (ResolvedItem | undefined)[],
  mayOverride: boolean,
): Basket {
  const results = input.items.map((item, index) =>
    basketLine(item, resolvedItems[index], index, mayOverride),
  );
  const lines = results.flatMap(({ value }) => value ?? []);
  const issues = results.flatMap((result) => result.issues ?? []);
  if (issues.length > 0) return { lines, issues, totals: undefined };
  const totals = basketTotals(terms, lines, input.discount ?? null);
  return { lines, issues: totals.issues ?? [], totals: totals.value };
}

function basketLine(
  item: CheckoutItemInput,
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
    item: resolvedItem,
    quantity,
    unitPrice: item.unitPrice ?? resolvedItem.unitPrice,
    discount: item.discount ?? null,
    note: item.note?.trim() ? item.note.trim() : null,
  };
  const issues = lineIssues(line, { priced: item.unitPrice != null, mayOverride });
  return issues.length > 0 ? { issues } : { value: line };
}

function basketTotals(
  terms: PricingTerms,
  lines: readonly BasketLine[],
  discount: Discount | null,
): Result<SaleTotals> {
  const saleLines = lines.map((line) => ({ ...line, taxRate: line.item.taxRate }));
  const totals = calculateSale(terms, saleLines, discount);
  if (totals.issues || totals.value.grossTotal.lessThan(MAX_TOTAL)) return totals;
  return { issues: [fieldIssue('items', 'The sale is too large.', 'TOO_LARGE')] };
}
