/** Which lines of a sale come back, and how many of each. */
import { groupBy } from '#kernel/collections';
import { Decimal, ONE, ZERO, formatDecimal, sum } from '#kernel/decimal';
import { foldText } from '#kernel/fold-text.rules';
import { QUANTITY_PLACES } from '#kernel/money';
import { matchesLabelPrice, type ResolvedItem } from '#subgraphs/catalog/index';
import { fieldIssue, type Issue, type Result } from '../issues.rules';
import type { RefundItemInput } from '../inputs.generated';
import type { FullOrder, OrderLineRow } from '../model';

/** An item that comes back, named by its line or as it was sold. */
export interface RefundItem extends Omit<RefundItemInput, 'quantity'> {
  /** Above zero, 3 places; where left out, and for 1, what a weight or price label says, or 1. */
  readonly quantity?: Decimal | null;
}

/** A sold line, and how many of it come back. */
export interface RefundLine {
  line: OrderLineRow;
  quantity: Decimal;
}

/** The lines of which something was not refunded yet, with that quantity. */
export function remainingLines(order: FullOrder): RefundLine[] {
  return order.lines
    .map((line) => ({ line, quantity: line.quantity.minus(line.returnedQuantity) }))
    .filter(({ quantity }) => quantity.greaterThan(ZERO));
}

/**
 * Finds the sold lines of the given items. Where an item stands on several lines, the first ones are used first.
 *
 * @param scanned what the barcode of an item stands for today, by the item's index.
 * @returns the lines, or the issue of the first item that was not sold (PRODUCT_NOT_FOUND), of which less is left (MORE_THAN_SOLD),
 * or whose quantity or label is invalid.
 */
export function matchLines(
  order: FullOrder,
  items: readonly RefundItem[],
  scanned: ReadonlyMap<number, ResolvedItem>,
): Result<RefundLine[]> {
  const left = new Map(remainingLines(order).map(({ line, quantity }) => [line.id, quantity]));
  const find = candidatesIn(order.lines);
  const matched = new Map<string, RefundLine>();
  for (const [index, item] of items.entries()) {
    const sellable = scanned.get(index);
    const candidates = find(item, sellable);
    const issue = itemIssue(order, candidates, item, sellable, index);
    if (issue) return { issues: [issue] };
    const wanted = quantityMeant(item, sellable, candidates.lines);
    const missing = takeFrom(candidates, wanted, left, matched);
    if (missing.greaterThan(ZERO))
      return { issues: [moreThanSold(candidates.lines, wanted, wanted.minus(missing), index)] };
  }
  return { value: [...matched.values()].sort((a, b) => a.line.lineNo - b.line.lineNo) };
}

/** Takes a quantity from the candidates, the first ones first. @returns the quantity that none of them has. */
function takeFrom(
  candidates: Candidates,
  quantity: Decimal,
  left: Map<string, Decimal>,
  matched: Map<string, RefundLine>,
): Decimal {
  const { lines } = candidates;
  let missing = quantity;
  for (let at = candidates.first; at < lines.length && missing.greaterThan(ZERO); at += 1) {
    const line = lines[at]!;
    const part = Decimal.min(left.get(line.id) ?? ZERO, missing);
    if (part.isZero()) {
      // Those before it were emptied on the way here.
      candidates.first = at + 1;
      continue;
    }
    left.set(line.id, left.get(line.id)!.minus(part));
    missing = missing.minus(part);
    matched.set(line.id, { line, quantity: part.plus(matched.get(line.id)?.quantity ?? ZERO) });
  }
  return missing;
}

/**
 * How many come back. One label means what it says: a weight, or of goods with a price label what was sold at that price, for the
 * catalogue's own price may have changed since. Any other quantity counts as it is: the receipt says what it can be at most.
 */
function quantityMeant(
  { quantity }: RefundItem,
  scanned: ResolvedItem | undefined,
  lines: readonly OrderLineRow[],
): Decimal {
  if (!scanned?.label || (quantity != null && !quantity.equals(ONE))) return quantity ?? ONE;
  return lines.find(soldBy(scanned.label, scanned.quantity))?.quantity ?? scanned.quantity;
}

/** The lines that an item may mean, in the order in which they are taken. */
interface Candidates {
  readonly lines: readonly OrderLineRow[];
  /** Those before this one have nothing left. */
  first: number;
}

/** Finds the lines that items mean. Items that name the same share their candidates, so that thousands of each are no square of them. */
function candidatesIn(
  lines: readonly OrderLineRow[],
): (item: RefundItem, scanned: ResolvedItem | undefined) => Candidates {
  const groups = new Map<string, Map<string, OrderLineRow[]>>();
  const known = new Map<string, Candidates>();
  const named = (by: 'id' | 'variantId' | 'productId' | 'sku', value: string): readonly OrderLineRow[] => {
    let group = groups.get(by);
    if (!group) groups.set(by, (group = groupBy(lines, (line) => foldText(line[by]))));
    return group.get(foldText(value)) ?? [];
  };
  const linesOf = ({ lineId, variantId, productId, sku }: RefundItem, scanned: ResolvedItem | undefined) => {
    if (lineId != null) return named('id', lineId);
    if (variantId != null) return named('variantId', variantId);
    if (productId != null) return named('productId', productId);
    if (sku != null) return named('sku', sku);
    return scanned ? standingFor(scanned, named('variantId', scanned.variantId)) : [];
  };
  return (item, scanned) => {
    const key = JSON.stringify([item.lineId, item.variantId, item.productId, item.sku, item.barcode]);
    let candidates = known.get(key);
    if (!candidates) known.set(key, (candidates = { lines: linesOf(item, scanned), first: 0 }));
    return candidates;
  };
}

/** Those lines first that were sold by the same label, for another one may have had another discount. */
function standingFor(
  { label, quantity }: ResolvedItem,
  lines: readonly OrderLineRow[],
): readonly OrderLineRow[] {
  if (!label) return lines;
  const same = new Set(lines.filter(soldBy(label, quantity)));
  return [...same, ...lines.filter((line) => !same.has(line))];
}

/** Whether a line may have been sold by this label, which stands for such a quantity today. */
function soldBy(
  label: NonNullable<ResolvedItem['label']>,
  quantity: Decimal,
): (line: OrderLineRow) => boolean {
  return label.kind === 'weight'
    ? (line) => line.quantity.equals(quantity)
    : (line) => matchesLabelPrice(label, line.quantity, line.unitPrice);
}

/** Whether only the catalogue can tell which item is meant. */
export function isNamedOnlyByBarcode(item: RefundItem): boolean {
  return (
    item.lineId == null &&
    item.variantId == null &&
    item.productId == null &&
    item.sku == null &&
    item.barcode != null
  );
}

function itemIssue(
  order: FullOrder,
  { lines }: Candidates,
  { quantity }: RefundItem,
  sellable: ResolvedItem | undefined,
  index: number,
): Issue | undefined {
  const field = `items.${index}.quantity`;
  if (quantity != null && !quantity.greaterThan(ZERO))
    return fieldIssue(field, 'A quantity that comes back is above zero.', 'NOT_POSITIVE', index);
  if (quantity != null && quantity.decimalPlaces() > QUANTITY_PLACES)
    return fieldIssue(field, 'A quantity has three places at most.', 'PRECISION', index);
  const { labelError } = sellable ?? {};
  if (labelError) return fieldIssue(`items.${index}.barcode`, labelError.message, labelError.reason, index);
  return lines.length === 0 ? notSold(order, index) : undefined;
}

function notSold(order: FullOrder, index: number): Issue {
  const code = 'PRODUCT_NOT_FOUND';
  const message = `Item ${index} was not sold with ${order.number}.`;
  return { code, message, item: index, field: `items.${index}`, reason: code, facts: { item: index } };
}

function moreThanSold(lines: readonly OrderLineRow[], wanted: Decimal, left: Decimal, index: number): Issue {
  const texts = {
    sold: formatDecimal(sum(lines.map((line) => line.quantity))),
    left: formatDecimal(left),
  };
  const message = `${formatDecimal(wanted)} of "${lines[0]!.name}" cannot come back: ${texts.sold} were sold, ${texts.left} are left.`;
  const issue = fieldIssue(`items.${index}.quantity`, message, 'MORE_THAN_SOLD', index);
  return { ...issue, facts: { item: index, ...texts } };
}
