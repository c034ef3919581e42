/** The status of parcels and shipments, from the events that their carrier reported in any order. */

/** The status of a parcel, as a carrier reports it. */
export type ParcelStatus =
  'pre_transit' | 'in_transit' | 'out_for_delivery' | 'delivered' | 'failed' | 'returned';

/** An event of a parcel, as far as its status follows from it. */
export interface StatusEvent {
  readonly status: ParcelStatus;
  readonly at: Date;
}

/** Of events of one moment, the one that is further on comes last. */
const ORDER: readonly ParcelStatus[] = [
  ...['pre_transit', 'in_transit', 'failed', 'out_for_delivery', 'delivered', 'returned'],
] as ParcelStatus[];

/** Events by the moment that the carrier names, whenever they arrived. */
export function inOrder<Event extends StatusEvent>(events: readonly Event[]): Event[] {
  return [...events].sort(
    (one, other) =>
      one.at.getTime() - other.at.getTime() || ORDER.indexOf(one.status) - ORDER.indexOf(other.status),
  );
}

/**
 * The status of a parcel; undefined without events. It never goes backwards: of a delivered parcel only a return is news, which starts a
 * new leg, and a parcel on its way back stays returned, even when the shop receives it.
 */
export function parcelStatus(events: readonly StatusEvent[]): ParcelStatus | undefined {
  const last = (['returned', 'delivered'] as const).find((final) =>
    events.some(({ status }) => status === final),
  );
  return last ?? inOrder(events).at(-1)?.status;
}

/** The status of a shipment of several parcels, each with its events; undefined if no carrier has any of them. */
export function parcelsStatus(parcels: readonly (readonly StatusEvent[])[]): ParcelStatus | undefined {
  const statuses = parcels.map((events) => parcelStatus(events) ?? 'pre_transit');
  if (statuses.length > 0 && statuses.every((status) => status === 'delivered')) return 'delivered';
  const worst = (['returned', 'failed', 'out_for_delivery'] as const).find((one) => statuses.includes(one));
  if (worst) return worst;
  return statuses.some((status) => status !== 'pre_transit') ? 'in_transit' : undefined;
}
