/** What is told of sales made offline as it happens: what waits for a manager, and what became of it. */
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import { eventStream, type Stream, type StreamItem } from '#kernel/graph/event-stream';
import { subscriptionBranch } from '#subgraphs/auth/index';
import { offlineSaleChanged, type OfflineSaleNotice } from '../events';
import type { SubscriptionOfflineSaleChangedArgs } from '../inputs.generated';

/** A notice as subscribers get it. */
export interface OfflineSaleEvent extends OfflineSaleNotice {
  /** Where to go on after this one. */
  cursor: string;
  at: Date;
}

export function emitOfflineSale(tx: Transaction, notice: OfflineSaleNotice): void {
  tx.emit(offlineSaleChanged({ branchId: notice.branchId, key: notice.clientReference, payload: notice }));
}

/** Notices of a branch, or of all. @throws PosProError 404 for an unknown branch, 400 for a bad cursor. */
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
