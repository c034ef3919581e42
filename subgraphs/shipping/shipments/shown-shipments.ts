/** Shipments with their state, which follows from their own moments and the events of their parcels. */
import { groupBy } from '#kernel/collections';
import type { RequestContext } from '#kernel/context';
import type { Queryable } from '#kernel/db/database';
import { invariant } from '#kernel/errors';
import { requireShipment, trackedShipments, type TrackedShipment } from '#subgraphs/orders/index';
import { labelsOfShipments } from '../labels/labels.queries';
import { eventsOfShipments } from '../tracking/tracking-events.queries';
import type { TrackingEventRow } from '../tables.generated';
import { shipmentStatus, type ShipmentStatus, type TrackedParcel } from './shipment-states.rules';

/** A shipment with its state. */
export type ShownShipment = TrackedShipment & { status: ShipmentStatus };

/** A parcel with its number. */
export type NumberedParcel = TrackedParcel & {
  readonly trackingNumber: string;
  readonly estimatedOn: string | null;
  readonly events: readonly TrackingEventRow[];
};

/**
 * The parcels of shipments: their bought labels or, without one, the number that was entered by hand. A parcel without a number is not
 * tracked.
 */
export async function parcelsOf(
  db: Queryable,
  shipments: readonly TrackedShipment[],
): Promise<ReadonlyMap<string, NumberedParcel[]>> {
  const ids = shipments.map(({ id }) => id);
  const labels = await labelsOfShipments(db, ids);
  const events = await eventsOfShipments(db, ids);
  return new Map(
    shipments.map(({ id, trackingNumber }) => {
      const byNumber = groupBy(events.get(id) ?? [], (event) => event.trackingNumber);
      const bought = (labels.get(id) ?? []).filter(
        ({ status }) => status === 'bought' || status === 'voiding',
      );
      const numbered = bought.map((label) => ({
        ...{ trackingNumber: label.trackingNumber!, estimatedOn: label.estimatedOn, hasLabel: true },
      }));
      const byHand = trackingNumber === null ? [] : [{ trackingNumber, estimatedOn: null, hasLabel: false }];
      return [
        id,
        (numbered.length > 0 ? numbered : byHand).map((parcel) => ({
          ...parcel,
          events: byNumber.get(parcel.trackingNumber) ?? [],
        })),
      ];
    }),
  );
}

/** The states of shipments, by their ids. */
export async function statusesOf(
  db: Queryable,
  shipments: readonly TrackedShipment[],
): Promise<ReadonlyMap<string, ShipmentStatus>> {
  const parcels = await parcelsOf(db, shipments);
  return new Map(
    shipments.map((shipment) => [shipment.id, shipmentStatus(shipment, parcels.get(shipment.id))]),
  );
}

/** Shipments with their states, by their ids. */
export async function shownShipments(
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ShownShipment>> {
  const shipments = await trackedShipments(db, ids);
  const statuses = await statusesOf(db, shipments);
  return new Map(
    shipments.map((shipment) => [shipment.id, { ...shipment, status: statuses.get(shipment.id)! }]),
  );
}

/** @throws PosProError 404 */
export async function requireShownShipment(
  ctx: Pick<RequestContext, 'db'>,
  id: string,
): Promise<ShownShipment> {
  const shipment = await requireShipment(ctx.db, id);
  const shown = (await shownShipments(ctx.db, [shipment.id])).get(shipment.id);
  invariant(shown, 'shipments are never removed');
  return shown;
}
