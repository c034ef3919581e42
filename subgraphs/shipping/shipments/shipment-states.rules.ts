/** The states of a shipment, from the moments in which something happened to it. */

/** The moments of a shipment. */
export interface ShipmentMoments {
  readonly shippedAt: Date;
  /** When the customer received the order. */
  readonly deliveredAt: Date | null;
  readonly cancelledAt: Date | null;
}

export type ShipmentStatus = 'shipped' | 'delivered' | 'cancelled';

/** The states so far, by time. */
export function trackingEvents({
  shippedAt,
  deliveredAt,
  cancelledAt,
}: ShipmentMoments): { status: ShipmentStatus; at: Date }[] {
  const shipped = { status: 'shipped' as const, at: shippedAt };
  // Goods of a cancelled shipment came back: the delivery of the order was that of another shipment.
  if (cancelledAt) return [shipped, { status: 'cancelled', at: cancelledAt }];
  return deliveredAt ? [shipped, { status: 'delivered', at: deliveredAt }] : [shipped];
}

/** The present state. */
export function shipmentStatus(moments: ShipmentMoments): ShipmentStatus {
  return trackingEvents(moments).at(-1)!.status;
}
