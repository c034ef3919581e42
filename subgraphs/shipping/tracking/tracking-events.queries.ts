import { groupBy } from '#kernel/collections';
import { sql, type Queryable } from '#kernel/db/database';
import { trackingEvents, type TrackingEventRow } from '../tables.generated';
import { inOrder } from './parcel-status.rules';

/** The events of shipments, by the moment that the carrier names. */
export async function eventsOfShipments(
  db: Queryable,
  shipmentIds: readonly string[],
): Promise<ReadonlyMap<string, TrackingEventRow[]>> {
  const events = await db.many<TrackingEventRow>(sql`
    select ${trackingEvents.select('e')} from tracking_events e where e.shipment_id = any(${[...shipmentIds]}::uuid[])`);
  return groupBy(inOrder(events), ({ shipmentId }) => shipmentId);
}
