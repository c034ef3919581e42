/** Quantities of lines that a caller chooses, to ship or to cancel them. */
import { type Decimal, ZERO, formatDecimal, sum } from '#kernel/decimal';
import type { OrderQuantityInput } from '../inputs.generated';
import { fieldIssue, type Issue, type Result } from '../issues.rules';
import type { FullOrder, OrderLineRow } from '../model';
import { cancellableQuantity } from '../order/order-balance.rules';

/** A quantity of one line. */
export interface LineQuantity {
  line: OrderLineRow;
  quantity: Decimal;
}

/**
 * The chosen quantities, in the order of the lines.
 * @param items the caller's choice; without one, everything that is left.
 * @param leftOf the quantity of a line that can still be chosen.
 * @returns the quantities; or the issues of unknown lines (NOT_FOUND) and invalid or excessive quantities (MORE_THAN_LEFT), and of
 * nothing to choose from (NOTHING_LEFT).
 */
export function chosenQuantities(
  order: FullOrder,
  items: readonly OrderQuantityInput[] | null | undefined,
  leftOf: (line: OrderLineRow) => Decimal,
): Result<LineQuantity[]> {
  const left = order.lines
    .map((line) => ({ line, quantity: leftOf(line) }))
    .filter(({ quantity }) => quantity.greaterThan(ZERO));
  if (left.length === 0 || items?.length === 0)
    return { issues: [fieldIssue('items', 'There is nothing left to choose.', 'NOTHING_LEFT')] };
  if (!items) return { value: left };
  const chosen = new Map<string, LineQuantity>();
  const issues = items.flatMap(({ itemId, quantity }, index): Issue[] => {
    const part = left.find(({ line }) => line.id === itemId.toLowerCase());
    const sum = quantity.plus(chosen.get(itemId.toLowerCase())?.quantity ?? ZERO);
    if (part) chosen.set(part.line.id, { line: part.line, quantity: sum });
    return quantityIssues(order, itemId, quantity, sum, part?.quantity ?? ZERO, index);
  });
  if (issues.length > 0) return { issues };
  return { value: [...chosen.values()].sort((a, b) => a.line.lineNo - b.line.lineNo) };
}

/** Whether nothing of an order was shipped, and nothing is left of it without the quantities. */
export function takesWhole(
  { lines }: Pick<FullOrder, 'lines'>,
  quantities: readonly Pick<LineQuantity, 'quantity'>[],
): boolean {
  const left = sum(lines.map(cancellableQuantity)).minus(sum(quantities.map(({ quantity }) => quantity)));
  const goods = lines.filter(({ giftCardPurpose }) => giftCardPurpose === null);
  return left.isZero() && goods.every((line) => line.shippedQuantity.isZero());
}

function quantityIssues(
  { number, lines }: FullOrder,
  itemId: string,
  quantity: Decimal,
  sum: Decimal,
  left: Decimal,
  index: number,
): Issue[] {
  const field = `items.${index}.quantity`;
  const line = lines.find(({ id }) => id === itemId.toLowerCase());
  if (!line) return [fieldIssue(`items.${index}.itemId`, `${number} has no such line.`, 'NOT_FOUND', index)];
  if (!quantity.greaterThan(ZERO))
    return [fieldIssue(field, 'A quantity must be above zero.', 'NOT_POSITIVE', index)];
  if (quantity.decimalPlaces() > 3)
    return [fieldIssue(field, 'A quantity must have at most three decimal places.', 'PRECISION', index)];
  if (!sum.greaterThan(left)) return [];
  const message = `${formatDecimal(sum)} of "${line.name}" were named, ${formatDecimal(left)} are left.`;
  return [{ ...fieldIssue(field, message, 'MORE_THAN_LEFT', index), details: { left: formatDecimal(left) } }];
}
