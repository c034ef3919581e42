/** What lies behind a barcode, at the caller's branch. */
import type { RequestContext } from '../../kernel/context';
import { PosProError } from '../../kernel/errors';
import { organizationOf, userOf } from '../../kernel/auth/actor';
import { branchOf } from '../auth';
import { MAX_SCAN_LENGTH, findSellables } from '../catalog';
import { withStock, type ScannedItem } from './items';
import { noteScan } from './recent-scans';

/**
 * The item behind a barcode: two statements, and the branch's terms now and then.
 * @throws PosProError 404 PRODUCT_NOT_FOUND; 422 where the caller is bound to no branch.
 */
export async function scanProduct(ctx: RequestContext, barcode: string): Promise<ScannedItem> {
  const branchId = branchOf(ctx);
  const code = barcode.trim();
  const known = code.length > 0 && code.length <= MAX_SCAN_LENGTH;
  const [item] = known ? await findSellables(ctx.db, organizationOf(ctx), [{ barcode: code }], branchId, ctx.clock.now()) : [];
  if (!item) throw new PosProError('PRODUCT_NOT_FOUND', `There is no product with the barcode "${code.slice(0, 128)}".`);
  const [scanned] = await withStock(ctx, branchId, [item]);
  const userId = userOf(ctx);
  if (userId !== undefined) noteScan(ctx, { userId, branchId, variantId: item.variantId });
  return scanned!;
}
