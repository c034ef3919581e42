/** The status of parcels and shipments from events in any order. */
import fc from 'fast-check';
import { shipmentStatus, trackingEvents } from '#subgraphs/shipping/shipments/shipment-states.rules';
import {
  parcelStatus,
  parcelsStatus,
  type ParcelStatus,
  type StatusEvent,
} from '#subgraphs/shipping/tracking/parcel-status.rules';

const at = (time: string) => new Date(`2026-03-02T${time}:00Z`);
const event = (status: ParcelStatus, time: string) => ({ status, at: at(time), place: null });
const STATUSES: readonly ParcelStatus[] = [
  ...(['pre_transit', 'in_transit', 'out_for_delivery', 'delivered', 'failed', 'returned'] as const),
];

it('S5: delivered at 10:05 stays delivered when in_transit of 09:50 arrives later, and both are in the order of their moments', () => {
  const events = [event('delivered', '10:05'), event('in_transit', '09:50')];
  expect(parcelStatus(events)).toBe('delivered');
  const moments = { shippedAt: at('09:00'), deliveredAt: null, cancelledAt: null };
  const parcels = [{ hasLabel: true, events }];
  expect(shipmentStatus(moments, parcels)).toBe('delivered');
  expect(trackingEvents(moments, parcels).map(({ status }) => status)).toEqual([
    'shipped',
    'in_transit',
    'delivered',
  ]);
  // A scan after the delivery is late news, too.
  expect(parcelStatus([...events, event('in_transit', '11:00')])).toBe('delivered');
});

it('S5: returned follows delivered, and starts a leg that the delivery to the shop does not end', () => {
  expect(parcelStatus([event('delivered', '10:05'), event('returned', '12:00')])).toBe('returned');
  expect(parcelStatus([event('returned', '12:00'), event('delivered', '18:00')])).toBe('returned');
});

it('a parcel that could not be delivered goes on', () => {
  const failed = [event('out_for_delivery', '08:00'), event('failed', '12:00')];
  expect(parcelStatus(failed)).toBe('failed');
  expect(parcelStatus([...failed, event('out_for_delivery', '14:00')])).toBe('out_for_delivery');
});

it('a shipment is delivered with its last parcel', () => {
  const delivered = [event('delivered', '10:00')];
  expect(parcelsStatus([delivered, []])).toBe('in_transit');
  expect(parcelsStatus([delivered, [event('in_transit', '09:00')]])).toBe('in_transit');
  expect(parcelsStatus([delivered, [event('returned', '09:00')]])).toBe('returned');
  expect(parcelsStatus([delivered, delivered])).toBe('delivered');
  expect(parcelsStatus([])).toBeUndefined();
  expect(parcelsStatus([[]])).toBeUndefined();
});

it('the status does not depend on the order of arrival, and no later news take a delivery back', () => {
  const events = fc.array(
    fc.record({
      status: fc.constantFrom(...STATUSES),
      at: fc.integer({ min: 0, max: 1000 }).map((minute) => new Date(minute * 60_000)),
    }),
    { minLength: 1, maxLength: 8 },
  );
  const shuffled = events.chain((list) =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
  );
  fc.assert(
    fc.property(shuffled, ([one, other]: [StatusEvent[], StatusEvent[]]) => {
      expect(parcelStatus(other)).toBe(parcelStatus(one));
    }),
  );
  fc.assert(
    fc.property(events, events, (before, more) => {
      const first = parcelStatus(before);
      const later = parcelStatus([...before, ...more]);
      if (first === 'returned') expect(later).toBe('returned');
      if (first === 'delivered') expect(['delivered', 'returned']).toContain(later);
    }),
  );
});
