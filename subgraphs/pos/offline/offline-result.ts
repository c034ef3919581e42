/** What a till is told of a sale that it made while it was offline. */
import type { RequestContext } from '#kernel/context';
import type { ErrorCode, FieldError } from '#kernel/errors';
import { postedOrderById, type PostedOrder } from '#subgraphs/orders/index';
import type { OfflineStatus } from '../inputs.generated';
import type { Conflict } from './offline-conflicts.rules';
import { conflictsOfOrders } from './offline-conflicts';

/** What became of one sale. */
export interface OfflineResult {
  clientReference: string | null;
  status: OfflineStatus;
  posted: PostedOrder | null;
  /** The fields are named as the caller names them. */
  error: { code: ErrorCode; message: string; errors: FieldError[] } | null;
  conflicts: readonly Conflict[];
}

/** The answer to a sale that was booked before: its order, and the conflicts that were found then. */
export async function replayedResult(
  ctx: RequestContext,
  clientReference: string,
  orderId: string,
): Promise<OfflineResult> {
  const posted = await postedOrderById(ctx, orderId);
  const conflicts = (await conflictsOfOrders(ctx.db, [orderId])).get(orderId) ?? [];
  return { clientReference, status: 'replayed', posted, error: null, conflicts };
}
