/** Events of offline sales: sales that wait for a manager, and the manager's decisions. */
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import { eventStream, type Stream, type StreamItem } from '#kernel/graph/event-stream';
import { subscriptionBranch } from '#subgraphs/auth/index';
import { offlineSaleChanged, type OfflineSaleNotice } from '../events';
import type { SubscriptionOfflineSaleChangedArgs } from '../inputs.generated';

/** A notice as subscribers receive it. */
export interface OfflineSaleEvent extends OfflineSaleNotice {
  /** The cursor of this event, to continue after it. */
  cursor: string;
  at: Date;
}

export function emitOfflineSale(tx: Transaction, notice: OfflineSaleNotice): void {
  tx.emit(offlineSaleChanged({ branchId: notice.branchId, key: notice.clientReference, payload: notice }));
}

/** Notices of a branch, or of all branches. @throws PosProError 404 for an unknown branch, 400 for an invalid cursor. */
export async function offlineSaleChanges(
  ctx: RequestContext,
  { branchId, since }: SubscriptionOfflineSaleChangedArgs,
): Promise<Stream<StreamItem<OfflineSaleEvent>>> {
  return eventStream(ctx, {
    types: [offlineSaleChanged.type],
    branchId: await subscriptionBranch(ctx, branchId),
    since,
    map: ({ cursor, at, payload }) => ({ ...(payload as unknown as OfflineSaleNotice), cursor, at }),
  });
}
