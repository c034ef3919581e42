/** Matches returned items with the lines of a sale. */
import { groupBy } from '#kernel/collections';
import { Decimal, ONE, ZERO, formatDecimal, sum } from '#kernel/decimal';
import { foldText } from '#kernel/fold-text.rules';
import { QUANTITY_PLACES } from '#kernel/money';
import { matchesLabelPrice, type ResolvedItem } from '#subgraphs/catalog/index';
import { fieldIssue, type Issue, type Result } from '../issues.rules';
import type { RefundItemInput } from '../inputs.generated';
import type { FullOrder, OrderLineRow } from '../model';

/** A returned item, named by its line or as it was sold. */
export interface RefundItem extends Omit<RefundItemInput, 'quantity'> {
  /** Above zero, 3 places. Defaults to 1; with a weight or price label, 1 means the quantity on the label. */
  readonly quantity?: Decimal | null;
}

/** A sold line and its returned quantity. */
export interface RefundLine {
  line: OrderLineRow;
  quantity: Decimal;
}

/** The lines that were not refunded completely, with their remaining quantities: goods that the customer has. */
export function remainingLines(order: FullOrder): RefundLine[] {
  return order.lines
    .map((line) => {
      // Of an order that was shipped in part, goods that were not shipped are cancelled instead.
      const received =
        order.status === 'confirmed' ? line.shippedQuantity : line.quantity.minus(line.cancelledQuantity);
      return { line, quantity: received.minus(line.returnedQuantity) };
    })
    .filter(({ quantity }) => quantity.greaterThan(ZERO));
}

/**
 * Finds the sold lines of items. If several lines have an item, the first lines are used first.
 *
 * @param scanned the present meanings of barcodes, by the item's index.
 * @returns the lines; or the issue of the first item that was not sold (PRODUCT_NOT_FOUND), of which less remains
 * (MORE_THAN_SOLD), or whose quantity or label is invalid.
 */
export function matchLines(
  order: FullOrder,
  items: readonly RefundItem[],
  scanned: ReadonlyMap<number, ResolvedItem>,
): Result<RefundLine[]> {
  const remaining = new Map(remainingLines(order).map(({ line, quantity }) => [line.id, quantity]));
  const find = candidatesIn(order.lines);
  const linesById = new Map<string, RefundLine>();
  for (const [index, item] of items.entries()) {
    const resolvedItem = scanned.get(index);
    const candidates = find(item, resolvedItem);
    const issue = itemIssue(order, candidates, item, resolvedItem, index);
    if (issue) return { issues: [issue] };
    const requested = returnedQuantity(item, resolvedItem, candidates.lines);
    const missing = takeFrom(candidates, requested, remaining, linesById);
    if (missing.greaterThan(ZERO))
      return { issues: [moreThanSold(candidates.lines, requested, requested.minus(missing), index)] };
  }
  return { value: [...linesById.values()].sort((a, b) => a.line.lineNo - b.line.lineNo) };
}

/** Takes a quantity from the candidates in their order. @returns the quantity that exceeds their remaining quantities. */
function takeFrom(
  candidates: Candidates,
  quantity: Decimal,
  remaining: Map<string, Decimal>,
  linesById: Map<string, RefundLine>,
): Decimal {
  const { lines } = candidates;
  let missing = quantity;
  for (let at = candidates.first; at < lines.length && missing.greaterThan(ZERO); at += 1) {
    const line = lines[at]!;
    const part = Decimal.min(remaining.get(line.id) ?? ZERO, missing);
    if (part.isZero()) {
      // Nothing remains of the lines before this one either.
      candidates.first = at + 1;
      continue;
    }
    remaining.set(line.id, remaining.get(line.id)!.minus(part));
    missing = missing.minus(part);
    linesById.set(line.id, { line, quantity: part.plus(linesById.get(line.id)?.quantity ?? ZERO) });
  }
  return missing;
}

/**
 * The returned quantity. One label means the quantity on it: its weight; or, with a price label, the quantity that was sold at that
 * price, because the catalogue's price may have changed since. Any other quantity counts unchanged: the sold quantity limits it.
 */
function returnedQuantity(
  { quantity }: RefundItem,
  scanned: ResolvedItem | undefined,
  lines: readonly OrderLineRow[],
): Decimal {
  if (!scanned?.label || (quantity != null && !quantity.equals(ONE))) return quantity ?? ONE;
  return lines.find(soldBy(scanned.label, scanned.quantity))?.quantity ?? scanned.quantity;
}

/** The lines that an item may mean, in the order in which they are used. */
interface Candidates {
  readonly lines: readonly OrderLineRow[];
  /** Index of the first line of which something remains. */
  first: number;
}

/** Finds the lines that items mean. Equal items share their candidates, so that thousands of items do not take quadratic time. */
function candidatesIn(
  lines: readonly OrderLineRow[],
): (item: RefundItem, scanned: ResolvedItem | undefined) => Candidates {
  const groups = new Map<string, Map<string, OrderLineRow[]>>();
  const candidatesByKey = new Map<string, Candidates>();
  const named = (by: 'id' | 'variantId' | 'productId' | 'sku', value: string): readonly OrderLineRow[] => {
    let group = groups.get(by);
    if (!group) groups.set(by, (group = groupBy(lines, (line) => foldText(line[by]))));
    return group.get(foldText(value)) ?? [];
  };
  const linesOf = ({ itemId, variantId, productId, sku }: RefundItem, scanned: ResolvedItem | undefined) => {
    if (itemId != null) return named('id', itemId);
    if (variantId != null) return named('variantId', variantId);
    if (productId != null) return named('productId', productId);
    if (sku != null) return named('sku', sku);
    return scanned ? linesByLabel(scanned, named('variantId', scanned.variantId)) : [];
  };
  return (item, scanned) => {
    const key = JSON.stringify([item.itemId, item.variantId, item.productId, item.sku, item.barcode]);
    let candidates = candidatesByKey.get(key);
    if (!candidates) candidatesByKey.set(key, (candidates = { lines: linesOf(item, scanned), first: 0 }));
    return candidates;
  };
}

/** The lines that were sold by the same label first: a line of another label may have had another discount. */
function linesByLabel(
  { label, quantity }: ResolvedItem,
  lines: readonly OrderLineRow[],
): readonly OrderLineRow[] {
  if (!label) return lines;
  const same = new Set(lines.filter(soldBy(label, quantity)));
  return [...same, ...lines.filter((line) => !same.has(line))];
}

/** Whether a line may have been sold by this label. @param quantity that the label means today. */
function soldBy(
  label: NonNullable<ResolvedItem['label']>,
  quantity: Decimal,
): (line: OrderLineRow) => boolean {
  return label.kind === 'weight'
    ? (line) => line.quantity.equals(quantity)
    : (line) => matchesLabelPrice(label, line.quantity, line.unitPrice);
}

/** Whether only the catalogue can identify the item. */
export function isNamedOnlyByBarcode(item: RefundItem): boolean {
  return (
    item.itemId == null &&
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
  resolvedItem: ResolvedItem | undefined,
  index: number,
): Issue | undefined {
  const field = `items.${index}.quantity`;
  if (quantity != null && !quantity.greaterThan(ZERO))
    return fieldIssue(field, 'A returned quantity must be above zero.', 'NOT_POSITIVE', index);
  if (quantity != null && quantity.decimalPlaces() > QUANTITY_PLACES)
    return fieldIssue(field, 'A quantity must have at most three decimal places.', 'PRECISION', index);
  const { labelError } = resolvedItem ?? {};
  if (labelError) return fieldIssue(`items.${index}.barcode`, labelError.message, labelError.reason, index);
  return lines.length === 0 ? notSold(order, index) : undefined;
}

function notSold(order: FullOrder, index: number): Issue {
  const code = 'PRODUCT_NOT_FOUND';
  const message = `Item ${index} was not sold with ${order.number}.`;
  return { code, message, item: index, field: `items.${index}`, reason: code, details: { item: index } };
}

function moreThanSold(
  lines: readonly OrderLineRow[],
  requested: Decimal,
  remaining: Decimal,
  index: number,
): Issue {
  const texts = {
    sold: formatDecimal(sum(lines.map((line) => line.quantity))),
    left: formatDecimal(remaining),
  };
  const message = `${formatDecimal(requested)} of "${lines[0]!.name}" cannot be returned: ${texts.sold} were sold, ${texts.left} remain.`;
  const issue = fieldIssue(`items.${index}.quantity`, message, 'MORE_THAN_SOLD', index);
  return { ...issue, details: { item: index, ...texts } };
}
