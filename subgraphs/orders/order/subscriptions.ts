import type { RequestContext } from '#kernel/context';
import type { PublishedEvent } from '#kernel/events/bus';
import { eventStream, type Stream, type StreamItem } from '#kernel/graph/event-stream';
import { subscriptionBranch } from '#subgraphs/auth/index';
import type {
  OrderChannel,
  OrderStatus,
  SubscriptionOrderChangedArgs,
  SubscriptionSaleCompletedArgs,
} from '../inputs.generated';
import type { OrderKind } from '../model';
import { orderChanged, saleCompleted } from '../events';

/** A completed sale or return. */
export interface CompletedSale {
  /** Cursor to continue after this sale. */
  cursor: string;
  at: Date;
  orderId: string;
  branchId: string;
  number: string;
  kind: OrderKind;
  currency: string;
  /** Formatted. */
  total: string;
}

/** A new order, or a changed status. */
export interface OrderChange extends CompletedSale {
  status: OrderStatus;
  channel: OrderChannel;
}

/** Sales and returns as they are completed. @throws PosProError 404 for an unknown branch, 400 for a bad cursor. */
export async function completedSales(
  ctx: RequestContext,
  watch: SubscriptionSaleCompletedArgs,
): Promise<Stream<StreamItem<CompletedSale>>> {
  const branchId = await subscriptionBranch(ctx, watch.branchId);
  return eventStream(ctx, { types: [saleCompleted.type], branchId, since: watch.since, map: saleOf });
}

/** Orders as they change. @throws PosProError 404 for an unknown branch, 400 for a bad cursor. */
export async function orderChanges(
  ctx: RequestContext,
  watch: SubscriptionOrderChangedArgs,
): Promise<Stream<StreamItem<OrderChange>>> {
  const { orderId, channel } = watch;
  const branchId =
    orderId != null && watch.branchId == null ? undefined : await subscriptionBranch(ctx, watch.branchId);
  return eventStream(ctx, {
    types: [orderChanged.type],
    branchId,
    since: watch.since,
    accept: ({ key, payload }) =>
      (orderId == null || key === orderId.toLowerCase()) && (channel == null || payload.channel === channel),
    map: (event) => ({
      ...saleOf(event),
      status: event.payload.status as OrderStatus,
      channel: event.payload.channel as OrderChannel,
    }),
  });
}

function saleOf({ cursor, at, key, payload, branchId }: PublishedEvent): CompletedSale {
  return {
    cursor,
    at,
    orderId: key,
    branchId: branchId!,
    number: String(payload.number),
    kind: payload.kind as OrderKind,
    currency: String(payload.currency),
    total: String(payload.total),
  };
}
