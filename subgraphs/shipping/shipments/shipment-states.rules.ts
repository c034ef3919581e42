/** The states of a shipment, from the moments in which something happened to it and the events of its parcels. */
import { inOrder, parcelsStatus, type ParcelStatus, type StatusEvent } from '../tracking/parcel-status.rules';

/** The moments of a shipment. */
export interface ShipmentMoments {
  readonly shippedAt: Date;
  /** When the customer received the order. */
  readonly deliveredAt: Date | null;
  readonly cancelledAt: Date | null;
}

/** A parcel of a shipment: its bought label, or the number that was entered by hand. */
export interface TrackedParcel {
  readonly hasLabel: boolean;
  readonly events: readonly (StatusEvent & { readonly place: string | null })[];
}

export type ShipmentStatus = 'shipped' | 'label_bought' | Exclude<ParcelStatus, 'pre_transit'> | 'cancelled';

/** A state with its moment. */
export interface ShipmentEvent {
  readonly status: ShipmentStatus;
  readonly at: Date;
  readonly place: string | null;
}

/** The state that a carrier's event means. */
export function statusOfEvent(status: ParcelStatus): ShipmentStatus {
  return status === 'pre_transit' ? 'label_bought' : status;
}

/** The states so far, by time. */
export function trackingEvents(
  { shippedAt, deliveredAt, cancelledAt }: ShipmentMoments,
  parcels: readonly TrackedParcel[] = [],
): ShipmentEvent[] {
  const shipped = { status: 'shipped' as const, at: shippedAt, place: null };
  // Goods of a cancelled shipment came back: the delivery of the order was that of another shipment.
  if (cancelledAt) return [shipped, { status: 'cancelled', at: cancelledAt, place: null }];
  const reported = inOrder(parcels.flatMap(({ events }) => events)).map(({ status, at, place }) => ({
    ...{ status: statusOfEvent(status), at, place },
  }));
  const isReported = reported.some(({ status }) => status === 'delivered' || status === 'returned');
  const delivered =
    deliveredAt && !isReported ? [{ status: 'delivered' as const, at: deliveredAt, place: null }] : [];
  return [shipped, ...reported, ...delivered].sort((one, other) => one.at.getTime() - other.at.getTime());
}

/** The present state. */
export function shipmentStatus(
  { deliveredAt, cancelledAt }: ShipmentMoments,
  parcels: readonly TrackedParcel[] = [],
): ShipmentStatus {
  if (cancelledAt) return 'cancelled';
  const status = parcelsStatus(parcels.map(({ events }) => events));
  if (status === 'returned') return status;
  if (deliveredAt) return 'delivered';
  if (status) return statusOfEvent(status);
  return parcels.some(({ hasLabel }) => hasLabel) ? 'label_bought' : 'shipped';
}
