import type { RequestContext } from '#kernel/context';
import type { Queryable } from '#kernel/db/database';
import { resolveItems, type ResolvedItem } from '#subgraphs/catalog/index';
import { isNamedOnlyByBarcode, matchLines, type RefundItem, type RefundLine } from './refund-items.rules';
import { fieldIssue, type Result } from '../issues.rules';
import { MAX_LINES, type FullOrder } from '../model';

/**
 * Finds the sold lines of the items that a caller names.
 * @returns the lines; or an issue for no items or too many, and as `matchLines`.
 */
export async function matchItems(
  ctx: RequestContext,
  db: Queryable,
  order: FullOrder,
  items: readonly RefundItem[],
): Promise<Result<RefundLine[]>> {
  if (items.length === 0 || items.length > MAX_LINES)
    return { issues: [fieldIssue('items', `Name 1 to ${MAX_LINES} items.`, 'INVALID')] };
  return matchLines(order, items, await itemsByBarcode(ctx, db, order, items));
}

/** The present meanings of the barcodes by which items are named, by the item's index. */
async function itemsByBarcode(
  ctx: RequestContext,
  db: Queryable,
  order: FullOrder,
  items: readonly RefundItem[],
): Promise<Map<number, ResolvedItem>> {
  const coded = items
    .map((item, index) => ({ item, index }))
    .filter(({ item }) => isNamedOnlyByBarcode(item));
  if (coded.length === 0) return new Map();
  const resolvedItems = await resolveItems(
    ctx,
    db,
    coded.map(({ item }) => ({ barcode: item.barcode })),
    order.branchId,
  );
  return new Map(resolvedItems.flatMap((resolved, at) => (resolved ? [[coded[at]!.index, resolved]] : [])));
}
