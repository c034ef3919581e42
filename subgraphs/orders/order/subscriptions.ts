/** What the orders tell as it happens. */
import type { RequestContext } from '#kernel/context';
import type { PublishedEvent } from '#kernel/events/bus';
import { eventStream, type Stream, type StreamItem } from '#kernel/graph/event-stream';
import { watchedBranch } from '#subgraphs/auth/index';
import type { SubscriptionOrderChangedArgs, SubscriptionSaleCompletedArgs } from '../inputs.generated';
import type { OrderKind } from '../model';
import type { OrderStatus } from './order-states.rules';

/** Goods and money have changed hands. */
export interface CompletedSale {
  /** Where to go on after this one. */
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

/** An order is new, or stands elsewhere. */
export interface OrderChange extends CompletedSale {
  status: OrderStatus;
}

/** Sales and returns as they are completed. @throws PosProError 404 for an unknown branch, 400 for a bad cursor. */
export async function completedSales(
  ctx: RequestContext,
  watch: SubscriptionSaleCompletedArgs,
): Promise<Stream<StreamItem<CompletedSale>>> {
  const branchId = await watchedBranch(ctx, watch.branchId);
  return eventStream(ctx, { types: ['sale.completed'], branchId, since: watch.since, map: saleOf });
}

/** Orders as they change. @throws PosProError 404 for an unknown branch, 400 for a bad cursor. */
export async function orderChanges(
  ctx: RequestContext,
  watch: SubscriptionOrderChangedArgs,
): Promise<Stream<StreamItem<OrderChange>>> {
  const { orderId } = watch;
  const branchId =
    orderId != null && watch.branchId == null ? undefined : await watchedBranch(ctx, watch.branchId);
  return eventStream(ctx, {
    types: ['order.changed'],
    branchId,
    since: watch.since,
    accept: ({ key }) => orderId == null || key === orderId.toLowerCase(),
    map: (event) => ({ ...saleOf(event), status: event.payload.status as OrderStatus }),
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
