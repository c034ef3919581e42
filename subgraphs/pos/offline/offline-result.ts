/** The answer to an offline sale. */
import type { RequestContext } from '#kernel/context';
import type { ErrorCode, FieldError } from '#kernel/errors';
import { postedOrderById, type PostedOrder } from '#subgraphs/orders/index';
import type { OfflineStatus } from '../inputs.generated';
import type { Conflict } from './offline-conflicts.rules';
import { conflictsOfOrders } from './offline-conflicts';

export interface OfflineResult {
  clientReference: string | null;
  status: OfflineStatus;
  posted: PostedOrder | null;
  /** The error; fields have the names of the caller's API. */
  error: { code: ErrorCode; message: string; errors: FieldError[] } | null;
  conflicts: readonly Conflict[];
}

/** The answer to a sale that was posted before: its order, and the conflicts of that time. */
export async function replayedResult(
  ctx: RequestContext,
  clientReference: string,
  orderId: string,
): Promise<OfflineResult> {
  const posted = await postedOrderById(ctx, orderId);
  const conflicts = (await conflictsOfOrders(ctx.db, [orderId])).get(orderId) ?? [];
  return { clientReference, status: 'replayed', posted, error: null, conflicts };
}
