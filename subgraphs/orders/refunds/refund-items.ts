/** Reads which lines of a sale a caller names as goods that come back. */
import type { Queryable } from '#kernel/db/database';
import { resolveItems, type ResolvedItem } from '#subgraphs/catalog/index';
import { isNamedOnlyByBarcode, matchLines, type RefundItem, type RefundLine } from './refund-items.rules';
import { fieldIssue, type Result } from '../issues.rules';
import { MAX_LINES, type FullOrder } from '../model';

/**
 * Finds the sold lines of the given items.
 * @returns the lines, or an issue for no items or too many, and as `matchLines` does.
 */
export async function matchItems(
  db: Queryable,
  order: FullOrder,
  items: readonly RefundItem[],
): Promise<Result<RefundLine[]>> {
  if (items.length === 0 || items.length > MAX_LINES)
    return { issues: [fieldIssue('items', `Name 1 to ${MAX_LINES} items.`, 'INVALID')] };
  return matchLines(order, items, await itemsByBarcode(db, order, items));
}

/** A barcode is the catalogue's business; what it stands for today is looked for among the lines. */
async function itemsByBarcode(
  db: Queryable,
  order: FullOrder,
  items: readonly RefundItem[],
): Promise<Map<number, ResolvedItem>> {
  const coded = items
    .map((item, index) => ({ item, index }))
    .filter(({ item }) => isNamedOnlyByBarcode(item));
  if (coded.length === 0) return new Map();
  const found = await resolveItems(
    db,
    order.organizationId,
    coded.map(({ item }) => ({ barcode: item.barcode })),
    order.branchId,
  );
  return new Map(found.flatMap((sellable, at) => (sellable ? [[coded[at]!.index, sellable]] : [])));
}
