import type { RequestContext } from '#kernel/context';
import type { PublishedEvent } from '#kernel/events/bus';
import { eventStream, type Stream, type StreamItem } from '#kernel/graph/event-stream';
import { subscriptionBranch } from '#subgraphs/auth/index';
import { paymentChanged } from './events';
import type { PaymentStatus, SubscriptionPaymentChangedArgs } from './inputs.generated';

/** A new status or amount of a payment through a provider. Amounts are formatted. */
export interface PaymentUpdate {
  /** Cursor to continue after this change. */
  cursor: string;
  at: Date;
  paymentId: string;
  orderId: string | null;
  branchId: string;
  status: PaymentStatus;
  currency: string;
  amount: string;
  capturedAmount: string;
  refundedAmount: string;
}

/** Payments through providers as they change. @throws PosProError 404 for an unknown branch, 400 for a bad cursor. */
export async function paymentChanges(
  ctx: RequestContext,
  { orderId, branchId, since }: SubscriptionPaymentChangedArgs,
): Promise<Stream<StreamItem<PaymentUpdate>>> {
  const watched = orderId != null && branchId == null ? undefined : await subscriptionBranch(ctx, branchId);
  return eventStream(ctx, {
    types: [paymentChanged.type],
    branchId: watched,
    since,
    accept: ({ payload }) => orderId == null || payload.orderId === orderId.toLowerCase(),
    map: toUpdate,
  });
}

function toUpdate({ cursor, at, branchId, payload }: PublishedEvent): PaymentUpdate {
  return {
    ...(payload as unknown as Omit<PaymentUpdate, 'cursor' | 'at' | 'branchId'>),
    cursor,
    at,
    branchId: branchId!,
  };
}
