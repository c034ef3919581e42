/** The subscriptions of inventory. */
import { type RequestContext } from '#kernel/context';
import { Decimal } from '#kernel/decimal';
import { type PublishedEvent } from '#kernel/events/bus';
import { eventStream, type Stream, type StreamItem } from '#kernel/graph/event-stream';
import { subscriptionBranch } from '#subgraphs/auth/index';
import type { SubscriptionLowStockArgs, SubscriptionStockChangedArgs } from '../inputs.generated';
import { stockChanged, stockLow } from '../events';

/** A level after a change. */
export interface StockChange {
  /** Cursor to continue after this change. */
  cursor: string;
  at: Date;
  productId: string;
  variantId: string;
  sku: string;
  warehouseId: string;
  branchId: string | null;
  onHand: Decimal;
  available: Decimal;
  delta: Decimal;
  reason: string;
}

/** A level that has just fallen to or below its reorder point. */
export interface LowStockAlert extends StockChange {
  reorderPoint: Decimal;
}

/** Every change of the requested levels. @throws PosProError 404 for an unknown branch, 400 for an invalid cursor. */
export async function stockChanges(
  ctx: RequestContext,
  watch: SubscriptionStockChangedArgs,
): Promise<Stream<StreamItem<StockChange>>> {
  const { productId, variantIds, since } = watch;
  const branchId = await subscriptionBranch(ctx, watch.branchId);
  const wanted = variantIds == null ? undefined : new Set(variantIds.map((id) => id.toLowerCase()));
  const product = productId?.toLowerCase();
  return eventStream(ctx, {
    types: [stockChanged.type],
    branchId,
    since,
    latest: true,
    accept: ({ payload }) =>
      (product === undefined || payload.productId === product) &&
      (wanted === undefined || wanted.has(String(payload.variantId))),
    map: changeOf,
  });
}

/** Levels as they fall to their reorder point. @throws PosProError 404 for an unknown branch, 400 for an invalid cursor. */
export async function lowStockAlerts(
  ctx: RequestContext,
  watch: SubscriptionLowStockArgs,
): Promise<Stream<StreamItem<LowStockAlert>>> {
  const branchId = await subscriptionBranch(ctx, watch.branchId);
  return eventStream(ctx, {
    types: [stockLow.type],
    branchId,
    since: watch.since,
    map: (event) => ({ ...changeOf(event), reorderPoint: new Decimal(String(event.payload.reorderPoint)) }),
  });
}

function changeOf({ cursor, at, payload, branchId }: PublishedEvent): StockChange {
  const text = (name: string) => String(payload[name]);
  return {
    cursor,
    at,
    productId: text('productId'),
    variantId: text('variantId'),
    sku: text('sku'),
    warehouseId: text('warehouseId'),
    branchId: branchId ?? null,
    onHand: new Decimal(text('onHand')),
    available: new Decimal(text('available')),
    delta: new Decimal(text('delta')),
    reason: text('reason'),
  };
}
