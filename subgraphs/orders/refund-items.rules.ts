/** Which lines of a sale come back, and how many of each. Pure. */
import { Decimal, ONE, ZERO, formatDecimal, sum } from '../../kernel/decimal';
import { PosProError, invalid } from '../../kernel/errors';
import { foldText } from '../../kernel/fold-text.rules';
import { QUANTITY_PLACES } from '../../kernel/money';
import { comesTo, type Sellable } from '../catalog';
import type { FullOrder, OrderLineRow } from './rows';

/** An item that comes back, named by its line or as it was sold. */
export interface RefundItem {
  lineId?: string | null;
  productId?: string | null;
  variantId?: string | null;
  sku?: string | null;
  barcode?: string | null;
  /** Above zero, 3 places; where left out, and for 1, what a weight or price label says, or 1. */
  quantity?: Decimal | null;
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
export function takeLines(order: FullOrder, items: readonly RefundItem[], coded: ReadonlyMap<number, Sellable>): TakenLine[] {
  const left = new Map(allItems(order).map(({ line, quantity }) => [line.id, quantity]));
  const taken = new Map<string, TakenLine>();
  items.forEach((item, index) => {
    if (item.quantity != null) checkQuantity(item.quantity, index);
    const scanned = coded.get(index);
    if (scanned?.refusal) throw invalid(`items.${index}.barcode`, scanned.refusal.message, scanned.refusal.reason);
    const lines = order.lines.filter((line) => isMeant(item, line, scanned?.variantId));
    if (lines.length === 0) throw notSold(order, index);
    const meant = quantityMeant(item, scanned, lines);
    let wanted = meant;
    for (const line of standingFor(scanned, lines)) {
      const part = Decimal.min(left.get(line.id) ?? ZERO, wanted);
      if (part.isZero()) continue;
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
function quantityMeant({ quantity }: RefundItem, scanned: Sellable | undefined, lines: readonly OrderLineRow[]): Decimal {
  if (!scanned?.label || (quantity != null && !quantity.equals(ONE))) return quantity ?? ONE;
  return lines.find((line) => isOfLabel(scanned, line))?.quantity ?? scanned.quantity;
}

/** Those lines first that were sold by the same label, for another one may have had another discount. */
function standingFor(scanned: Sellable | undefined, lines: readonly OrderLineRow[]): readonly OrderLineRow[] {
  if (!scanned?.label) return lines;
  const same = lines.filter((line) => isOfLabel(scanned, line));
  return [...same, ...lines.filter((line) => !same.includes(line))];
}

/** Whether a line may have been sold by this label. */
function isOfLabel({ label, quantity }: Sellable, line: OrderLineRow): boolean {
  return label?.kind === 'weight'
    ? line.quantity.equals(quantity)
    : label !== undefined && comesTo(label, line.quantity, line.unitPrice);
}

/** Whether only the catalogue can tell which item is meant. */
export function isNamedOnlyByBarcode(item: RefundItem): boolean {
  return item.lineId == null && item.variantId == null && item.productId == null && item.sku == null && item.barcode != null;
}

function isMeant(item: RefundItem, line: OrderLineRow, variantOfBarcode: string | undefined): boolean {
  if (item.lineId != null) return line.id === item.lineId.toLowerCase();
  if (item.variantId != null) return line.variantId === item.variantId.toLowerCase();
  if (item.productId != null) return line.productId === item.productId.toLowerCase();
  if (item.sku != null) return foldText(line.sku) === foldText(item.sku);
  return variantOfBarcode !== undefined && line.variantId === variantOfBarcode;
}

function checkQuantity(quantity: Decimal, index: number): void {
  const field = `items.${index}.quantity`;
  if (!quantity.greaterThan(ZERO)) throw invalid(field, 'A quantity that comes back is above zero.', 'NOT_POSITIVE');
  if (quantity.decimalPlaces() > QUANTITY_PLACES) throw invalid(field, 'A quantity has three places at most.', 'PRECISION');
}

function notSold(order: FullOrder, index: number): PosProError {
  const message = `Item ${index} was not sold with ${order.number}.`;
  return new PosProError('PRODUCT_NOT_FOUND', message, {
    status: 422,
    errors: [{ field: `items.${index}`, message, code: 'PRODUCT_NOT_FOUND' }],
    facts: { item: index },
  });
}

function moreThanSold(lines: readonly OrderLineRow[], wanted: Decimal, left: Decimal, index: number): PosProError {
  const sold = formatDecimal(sum(lines.map((line) => line.quantity)));
  const message = `${formatDecimal(wanted)} of "${lines[0]!.name}" cannot come back: ${sold} were sold, ${formatDecimal(left)} are left.`;
  return new PosProError('VALIDATION_FAILED', message, {
    errors: [{ field: `items.${index}.quantity`, message, code: 'MORE_THAN_SOLD' }],
    facts: { item: index, sold, left: formatDecimal(left) },
  });
}
