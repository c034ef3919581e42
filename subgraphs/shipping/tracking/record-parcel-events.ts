/** Records what carriers report of parcels, each event once, and delivers the order with its last parcel. */
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import {
  lockOrder,
  postDelivery,
  presentShipments,
  requireShipment,
  type TrackedShipment,
} from '#subgraphs/orders/index';
import type { TrackingReport } from '../providers/carrier';
import { emitShipmentChanged } from '../shipments/shipment-events';
import { statusesOf } from '../shipments/shown-shipments';
import { trackingEvents } from '../tables.generated';
import { parcelStatus } from './parcel-status.rules';
import { eventsOfShipments } from './tracking-events.queries';

/**
 * Records the news of a parcel. Events that were recorded before change nothing, whatever their order. Emits "shipment.changed" if the
 * shipment has another status; with the last parcel of an order, the order is delivered.
 * @returns whether anything was new.
 */
export async function recordTracking(
  ctx: RequestContext,
  shipmentId: string,
  report: TrackingReport,
): Promise<boolean> {
  return transact(ctx, async (tx) => {
    const { orderId } = await requireShipment(tx, shipmentId);
    // News of two parcels of an order at once must not overlook each other.
    const order = await lockOrder(tx, orderId);
    const shipments = await presentShipments(tx, orderId);
    const before = await statusesOf(tx, shipments);
    const recorded = await insertEvents(tx, ctx, shipmentId, report);
    await updateLabel(tx, shipmentId, report);
    if (recorded === 0) return false;
    const after = await statusesOf(tx, shipments);
    const shipment = shipments.find(({ id }) => id === shipmentId);
    if (shipment && before.get(shipmentId) !== after.get(shipmentId)) await emitShipmentChanged(tx, shipment);
    if (order.status === 'shipped' && isDelivered(shipments, after))
      await postDelivery(tx, ctx, order, 'The carrier delivered the last parcel.');
    return true;
  });
}

function isDelivered(
  shipments: readonly TrackedShipment[],
  statuses: Awaited<ReturnType<typeof statusesOf>>,
): boolean {
  return shipments.length > 0 && shipments.every(({ id }) => statuses.get(id) === 'delivered');
}

/** @returns the number of events that are new. */
function insertEvents(
  tx: Transaction,
  ctx: RequestContext,
  shipmentId: string,
  { trackingNumber, events }: TrackingReport,
): Promise<number> {
  if (events.length === 0) return Promise.resolve(0);
  const { organizationId, now: receivedAt } = tx;
  const rows = events.map(({ status, at, place, message }) => ({
    ...{ id: ctx.ids.next(), organizationId, shipmentId, trackingNumber, receivedAt },
    ...{ status, at, place: place?.slice(0, 200) ?? null, message: message?.slice(0, 500) ?? null },
  }));
  return tx.run(sql`${trackingEvents.insertMany(rows)} on conflict do nothing`);
}

/** The expected day, and the end of the polls with the end of the journey. */
async function updateLabel(
  tx: Transaction,
  shipmentId: string,
  { trackingNumber, estimatedOn }: TrackingReport,
): Promise<void> {
  const events = (await eventsOfShipments(tx, [shipmentId])).get(shipmentId) ?? [];
  const status = parcelStatus(events.filter((event) => event.trackingNumber === trackingNumber));
  const isOver = status === 'delivered' || status === 'returned';
  await tx.run(sql`
    update shipping_labels
    set estimated_on = coalesce(${estimatedOn}::date, estimated_on), next_poll_at = case when ${isOver} then null else next_poll_at end
    where shipment_id = ${shipmentId}::uuid and tracking_number = ${trackingNumber} and status = 'bought'
      and (${isOver} and next_poll_at is not null or ${estimatedOn}::date is distinct from estimated_on)`);
}
