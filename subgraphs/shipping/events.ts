/** The public events of shipping. */
import { publicEvent } from '#kernel/events/public-event';
import type { ShipmentStatus } from './inputs.generated';

const READERS = ['shipping:read'] as const;

interface NamedChange {
  name: string;
  change: 'created' | 'updated' | 'deleted';
}

/** A shipping zone was created, changed or deleted. */
export const shippingZoneChanged = publicEvent<NamedChange>('shipping_zone.changed', READERS);

/** A rate of a zone was created, changed or deleted. */
export const shippingRateChanged = publicEvent<NamedChange & { zoneId: string }>(
  'shipping_rate.changed',
  READERS,
);

/** Labels of a shipment were bought or voided, or it has another status. */
export const shipmentChanged = publicEvent<{
  orderId: string;
  status: ShipmentStatus;
  trackingNumbers: string[];
}>('shipment.changed', READERS);

export const SHIPPING_EVENTS = [shipmentChanged, shippingZoneChanged, shippingRateChanged];
