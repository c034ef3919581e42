/** Shipments of orders: made here or by the order's own step, and tracked by everyone who has the number. */
import type { RequestContext } from '#kernel/context';
import { transact } from '#kernel/db/transact';
import { PosProError, invariant } from '#kernel/errors';
import {
  checkShipment,
  shipGoods,
  trackedShipment,
  trackedShipmentByNumber,
  type TrackedShipment,
} from '#subgraphs/orders/index';
import type { CreateShipmentInput } from '../inputs.generated';
import { shipmentStatus, trackingEvents, type ShipmentStatus } from './shipment-states.rules';

/** A shipment with its state. */
export type ShownShipment = TrackedShipment & { status: ShipmentStatus };

/** A shipment as everyone may see it. */
export interface PublicTracking {
  readonly number: string;
  readonly carrier: string | null;
  readonly status: ShipmentStatus;
  readonly events: readonly { status: ShipmentStatus; at: Date }[];
}

/**
 * Ships a confirmed order, in whole or in part. Emits "order.changed".
 * @throws PosProError 404; 409 ILLEGAL_STATE, INSUFFICIENT_STOCK; 422 by field.
 */
export async function createShipment(
  ctx: RequestContext,
  input: CreateShipmentInput,
): Promise<ShownShipment> {
  checkShipment(input);
  const { orderId, ...shipment } = input;
  const request = { ...input, orderId: orderId.toLowerCase() };
  const { id } = await transact(
    ctx,
    async (tx) => ({ id: (await shipGoods(tx, ctx, orderId, shipment)).shipmentId }),
    { idempotent: { operation: 'createShipment', input: request } },
  );
  const created = await trackedShipment(ctx.db, id);
  invariant(created, 'a shipment that was made is there');
  return { ...created, status: shipmentStatus(created) };
}

/** A shipment by the carrier's number, in whatever organization. @throws PosProError 404. */
export async function trackShipment(
  { database }: Pick<RequestContext, 'database'>,
  number: string,
): Promise<PublicTracking> {
  const shipment = await trackedShipmentByNumber(database.system, number);
  if (!shipment) throw new PosProError('NOT_FOUND', 'There is no shipment with this number.');
  const { carrier, trackingNumber } = shipment;
  invariant(trackingNumber !== null, 'it was found by its number');
  return {
    ...{ number: trackingNumber, carrier, status: shipmentStatus(shipment) },
    events: trackingEvents(shipment),
  };
}
