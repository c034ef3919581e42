/** The lines of two carts as those of one. Pure. */
import type { CartMergeRule } from '../inputs.generated';
import type { CartItemRow } from '../tables.generated';

/** The part of a line on which a merge depends. */
export type MergedLine = Pick<CartItemRow, 'variantId' | 'note' | 'quantity'>;

/**
 * The lines of the customer's cart after a merge: one for each variant and note, the customer's own first.
 * - `add` adds the quantities of both carts.
 * - `guest_wins` keeps the guest's lines alone. An empty guest's cart has nothing to win with, so the customer keeps theirs.
 *
 * @example
 * mergedLines('add', [{ A: 2 }, { B: 1 }], [{ A: 1 }, { C: 1 }]); // A: 3, C: 1, B: 1
 */
export function mergedLines<Line extends MergedLine>(
  rule: CartMergeRule,
  guest: readonly Line[],
  customer: readonly Line[],
): Line[] {
  if (rule === 'guest_wins') return guest.length > 0 ? [...guest] : [...customer];
  const isSame = (a: Line) => (b: Line) => a.variantId === b.variantId && a.note === b.note;
  const added = customer.map((line) => {
    const other = guest.find(isSame(line));
    return other ? { ...line, quantity: line.quantity.plus(other.quantity) } : line;
  });
  return [...added, ...guest.filter((line) => !customer.some(isSame(line)))];
}
