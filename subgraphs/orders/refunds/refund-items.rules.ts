/** Which lines of a sale come back, and how many of each. Pure. */
import { groupBy } from '#kernel/collections';
import { Decimal, ONE, ZERO, formatDecimal, sum } from '#kernel/decimal';
import { PosProError, invalid } from '#kernel/errors';
import { foldText } from '#kernel/fold-text.rules';
import { QUANTITY_PLACES } from '#kernel/money';
import { comesTo, type Sellable } from '#subgraphs/catalog/index';
import type { RefundItemInput } from '../inputs.generated';
import type { FullOrder, OrderLineRow } from '../model';

/** An item that comes back, named by its line or as it was sold. */
export interface RefundItem extends Omit<RefundItemInput, 'quantity'> {
  /** Above zero, 3 places; where left out, and for 1, what a weight or price label says, or 1. */
  readonly quantity?: Decimal | null;
}

/** How many of a sold line come back. */
export interface TakenLine {
  line: OrderLineRow;
  quantity: Decimal;
}

/** Whatever was not given back yet, line by line. */
export function allItems(order: FullOrder): TakenLine[] {
  return order.lines
    .map((line) => ({ line, quantity: line.quantity.minus(line.returnedQuantity) }))
    .filter(({ quantity }) => quantity.greaterThan(ZERO));
}

/**
 * Finds the sold lines of the given items. Where an item stands on several lines, the first ones are taken first.
 *
 * @param coded what the barcode of an item stands for today, by the item's index.
 * @throws PosProError 422 for an item that was not sold (PRODUCT_NOT_FOUND), for more than is left of it (MORE_THAN_SOLD), for an
 * invalid quantity.
 */
export function takeLines(
  order: FullOrder,
  items: readonly RefundItem[],
  coded: ReadonlyMap<number, Sellable>,
): TakenLine[] {
  const left = new Map(allItems(order).map(({ line, quantity }) => [line.id, quantity]));
  const find = candidatesIn(order.lines);
  const taken = new Map<string, TakenLine>();
  items.forEach((item, index) => {
    if (item.quantity != null) checkQuantity(item.quantity, index);
    const scanned = coded.get(index);
    if (scanned?.refusal)
      throw invalid(`items.${index}.barcode`, scanned.refusal.message, scanned.refusal.reason);
    const candidates = find(item, scanned);
    const { lines } = candidates;
    if (lines.length === 0) throw notSold(order, index);
    const meant = quantityMeant(item, scanned, lines);
    let wanted = meant;
    for (let at = candidates.first; at < lines.length && wanted.greaterThan(ZERO); at += 1) {
      const line = lines[at]!;
      const part = Decimal.min(left.get(line.id) ?? ZERO, wanted);
      if (part.isZero()) {
        // Those before it were emptied on the way here.
        candidates.first = at + 1;
        continue;
      }
      left.set(line.id, left.get(line.id)!.minus(part));
      wanted = wanted.minus(part);
      taken.set(line.id, { line, quantity: part.plus(taken.get(line.id)?.quantity ?? ZERO) });
    }
    if (wanted.greaterThan(ZERO)) throw moreThanSold(lines, meant, meant.minus(wanted), index);
  });
  return [...taken.values()].sort((a, b) => a.line.lineNo - b.line.lineNo);
}

/**
 * How many come back. One label means what it says: a weight, or of goods with a price label what was sold at that price, for the
 * catalogue's own price may have changed since. Any other quantity counts as it is: the receipt says what it can be at most.
 */
function quantityMeant(
  { quantity }: RefundItem,
  scanned: Sellable | undefined,
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
): (item: RefundItem, scanned: Sellable | undefined) => Candidates {
  const groups = new Map<string, Map<string, OrderLineRow[]>>();
  const known = new Map<string, Candidates>();
  const named = (by: 'id' | 'variantId' | 'productId' | 'sku', value: string): readonly OrderLineRow[] => {
    let group = groups.get(by);
    if (!group) groups.set(by, (group = groupBy(lines, (line) => foldText(line[by]))));
    return group.get(foldText(value)) ?? [];
  };
  const linesOf = ({ lineId, variantId, productId, sku }: RefundItem, scanned: Sellable | undefined) => {
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
function standingFor({ label, quantity }: Sellable, lines: readonly OrderLineRow[]): readonly OrderLineRow[] {
  if (!label) return lines;
  const same = new Set(lines.filter(soldBy(label, quantity)));
  return [...same, ...lines.filter((line) => !same.has(line))];
}

/** Whether a line may have been sold by this label, which stands for such a quantity today. */
function soldBy(label: NonNullable<Sellable['label']>, quantity: Decimal): (line: OrderLineRow) => boolean {
  return label.kind === 'weight'
    ? (line) => line.quantity.equals(quantity)
    : (line) => comesTo(label, line.quantity, line.unitPrice);
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

function checkQuantity(quantity: Decimal, index: number): void {
  const field = `items.${index}.quantity`;
  if (!quantity.greaterThan(ZERO))
    throw invalid(field, 'A quantity that comes back is above zero.', 'NOT_POSITIVE');
  if (quantity.decimalPlaces() > QUANTITY_PLACES)
    throw invalid(field, 'A quantity has three places at most.', 'PRECISION');
}

function notSold(order: FullOrder, index: number): PosProError {
  const message = `Item ${index} was not sold with ${order.number}.`;
  return new PosProError('PRODUCT_NOT_FOUND', message, {
    status: 422,
    errors: [{ field: `items.${index}`, message, code: 'PRODUCT_NOT_FOUND' }],
    facts: { item: index },
  });
}

function moreThanSold(
  lines: readonly OrderLineRow[],
  wanted: Decimal,
  left: Decimal,
  index: number,
): PosProError {
  const sold = formatDecimal(sum(lines.map((line) => line.quantity)));
  const message = `${formatDecimal(wanted)} of "${lines[0]!.name}" cannot come back: ${sold} were sold, ${formatDecimal(left)} are left.`;
  return new PosProError('VALIDATION_FAILED', message, {
    errors: [{ field: `items.${index}.quantity`, message, code: 'MORE_THAN_SOLD' }],
    facts: { item: index, sold, left: formatDecimal(left) },
  });
}
