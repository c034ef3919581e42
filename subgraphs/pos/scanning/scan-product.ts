/** Scanning a barcode at the caller's branch. */
import type { RequestContext } from '#kernel/context';
import { PosProError, invalid } from '#kernel/errors';
import { userOf } from '#kernel/auth/access';
import { branchOf } from '#subgraphs/auth/index';
import { resolveItems, unreadableBarcode } from '#subgraphs/catalog/index';
import { withStock, type ScannedItem } from './scanned-item';
import { bufferScan } from './recent-scans.worker';

/** The longest code that an error repeats. */
const MAX_CODE_LENGTH = 128;

/**
 * The item behind a barcode: one statement, the stock; the catalogue and the branch's terms are cached.
 * @throws PosProError 404 PRODUCT_NOT_FOUND; 422 for a GS1 code that names no item or whose measure does not fit the item, and for a
 * caller without a branch.
 */
export async function scanProduct(ctx: RequestContext, barcode: string): Promise<ScannedItem> {
  const branchId = branchOf(ctx);
  const [item] = await resolveItems(ctx, ctx.db, [{ barcode }], branchId);
  if (!item) throw unknownBarcode(barcode);
  if (item.labelError) throw invalid('barcode', item.labelError.message, item.labelError.reason);
  const [scanned] = await withStock(ctx, branchId, [item]);
  const userId = userOf(ctx);
  if (userId !== undefined) bufferScan(ctx, { userId, branchId, variantId: item.variantId });
  return scanned!;
}

function unknownBarcode(barcode: string): PosProError {
  const unreadable = unreadableBarcode(barcode);
  if (unreadable !== undefined) return invalid('barcode', unreadable, 'BARCODE_UNREADABLE');
  return new PosProError(
    'PRODUCT_NOT_FOUND',
    `There is no product with the barcode "${barcode.trim().slice(0, MAX_CODE_LENGTH)}".`,
  );
}
