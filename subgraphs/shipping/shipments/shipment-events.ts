/** Changes of shipments, as events and live. */
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import type { PublishedEvent } from '#kernel/events/bus';
import { eventStream, type Stream, type StreamItem } from '#kernel/graph/event-stream';
import { subscriptionBranch } from '#subgraphs/auth/index';
import { orderById, type TrackedShipment } from '#subgraphs/orders/index';
import { shipmentChanged } from '../events';
import type { ShipmentStatus, SubscriptionShipmentChangedArgs } from '../inputs.generated';
import { parcelsOf } from './shown-shipments';
import { shipmentStatus } from './shipment-states.rules';

/** Emits the present state of a shipment. */
export async function emitShipmentChanged(tx: Transaction, shipment: TrackedShipment): Promise<void> {
  const { id, orderId } = shipment;
  const { branchId } = await orderById(tx, orderId);
  const parcels = (await parcelsOf(tx, [shipment])).get(id) ?? [];
  const status = shipmentStatus(shipment, parcels);
  const trackingNumbers = parcels.map(({ trackingNumber }) => trackingNumber);
  tx.emit(shipmentChanged({ key: id, branchId, payload: { orderId, status, trackingNumbers } }));
}

/** A new state of a shipment. */
export interface ShipmentUpdate {
  /** Cursor to continue after this change. */
  readonly cursor: string;
  readonly at: Date;
  readonly shipmentId: string;
  readonly orderId: string;
  readonly branchId: string;
  readonly status: ShipmentStatus;
}

/** Shipments as they change. @throws PosProError 404 for an unknown branch, 400 for a bad cursor. */
export async function shipmentChanges(
  ctx: RequestContext,
  { orderId, branchId, since }: SubscriptionShipmentChangedArgs,
): Promise<Stream<StreamItem<ShipmentUpdate>>> {
  const watched = orderId != null && branchId == null ? undefined : await subscriptionBranch(ctx, branchId);
  return eventStream(ctx, {
    types: [shipmentChanged.type],
    branchId: watched,
    since,
    accept: ({ payload }) => orderId == null || payload.orderId === orderId.toLowerCase(),
    map: toUpdate,
  });
}

function toUpdate({ cursor, at, key, branchId, payload }: PublishedEvent): ShipmentUpdate {
  return {
    ...{ cursor, at, shipmentId: key, branchId: branchId! },
    orderId: String(payload.orderId),
    status: payload.status as ShipmentStatus,
  };
}
