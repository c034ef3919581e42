/** Shipments of orders: made here or by the order's own step, and tracked by everyone who has the number. */
import type { RequestContext } from '#kernel/context';
import { transact } from '#kernel/db/transact';
import type { Queryable } from '#kernel/db/database';
import { PosProError } from '#kernel/errors';
import {
  checkShipment,
  shipGoods,
  trackedShipmentByNumber,
  trackedShipments,
  type TrackedShipment,
} from '#subgraphs/orders/index';
import type { CreateShipmentInput } from '../inputs.generated';
import { labelWithNumber } from '../labels/labels.queries';
import {
  shipmentStatus,
  trackingEvents,
  type ShipmentEvent,
  type ShipmentStatus,
} from './shipment-states.rules';
import { parcelsOf, requireShownShipment, type NumberedParcel, type ShownShipment } from './shown-shipments';

/** A shipment as everyone may see it. */
export interface PublicTracking {
  readonly number: string;
  readonly carrier: string | null;
  readonly status: ShipmentStatus;
  readonly estimatedOn: string | null;
  readonly events: readonly ShipmentEvent[];
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
  return requireShownShipment(ctx, id);
}

/**
 * A shipment, or one of its parcels, by the carrier's number, in whatever organization.
 * @throws PosProError 404.
 */
export async function trackShipment(
  { database }: Pick<RequestContext, 'database'>,
  number: string,
): Promise<PublicTracking> {
  const db = database.system;
  const label = await labelWithNumber(db, number);
  const shipment = label ? (await trackedShipments(db, [label.shipmentId]))[0] : undefined;
  const found = shipment ?? (await trackedShipmentByNumber(db, number));
  if (!found) throw new PosProError('NOT_FOUND', 'There is no shipment with this number.');
  return publicTracking(found, await parcelWithNumber(db, found, label?.trackingNumber ?? number));
}

/** The parcel of a shipment with a number; undefined if it has none, as after its label was voided. */
async function parcelWithNumber(
  db: Queryable,
  shipment: TrackedShipment,
  number: string,
): Promise<NumberedParcel | undefined> {
  const parcels = (await parcelsOf(db, [shipment])).get(shipment.id) ?? [];
  const wanted = number.trim().toLowerCase();
  return parcels.find(({ trackingNumber }) => trackingNumber.toLowerCase() === wanted);
}

function publicTracking(shipment: TrackedShipment, parcel: NumberedParcel | undefined): PublicTracking {
  const parcels = parcel ? [parcel] : [];
  return {
    number: parcel?.trackingNumber ?? shipment.trackingNumber!,
    carrier: shipment.carrier,
    status: shipmentStatus(shipment, parcels),
    estimatedOn: parcel?.estimatedOn ?? null,
    events: trackingEvents(shipment, parcels),
  };
}
