/** Orders of other channels than the till, in every state: those that the examples of the OpenAPI document name. */
import type { Services } from '#kernel/context';
import { Decimal } from '#kernel/decimal';
import {
  cancelOrder,
  createOrder,
  deliverOrder,
  shipOrder,
  type CreateOrderInput,
} from '#subgraphs/orders/index';
import { wellKnown } from './fixed-ids';
import { demoId } from './ids';
import { demoContext } from './shop';

const MANAGER = 2;

/** The steps that an order has taken; each includes those before it. */
type Progress = 'pending' | 'confirmed' | 'shipped' | 'delivered' | 'cancelled';

/**
 * By the number of their ids. The examples confirm 11, ship 12, deliver 13, change 14, cancel 15, and cancel the shipment of 16; 31 and 32
 * have labels, of which the examples void that of 32.
 */
const ORDERS: readonly (readonly [
  number: number,
  channel: CreateOrderInput['channel'],
  progress: Progress,
])[] = [
  [11, 'phone', 'pending'],
  [12, 'web', 'confirmed'],
  [13, 'web', 'shipped'],
  [14, 'marketplace', 'confirmed'],
  [15, 'web', 'confirmed'],
  [16, 'erp', 'shipped'],
  [17, 'web', 'confirmed'],
  [18, 'web', 'delivered'],
  [19, 'phone', 'cancelled'],
  [31, 'web', 'shipped'],
  [32, 'web', 'shipped'],
];

/** The shipments that have an id of the demo, by their orders. */
const SHIPMENTS: Readonly<Record<number, number>> = { 16: 1, 31: 2, 32: 3 };

/** Places the orders at the first branch. */
export async function seedOrders(services: Services): Promise<void> {
  for (const [number, channel, progress] of ORDERS) await seedOrder(services, number, channel, progress);
}

async function seedOrder(
  services: Services,
  number: number,
  channel: CreateOrderInput['channel'],
  progress: Progress,
): Promise<void> {
  const ctx = demoContext(services, 1, MANAGER);
  const ids = wellKnown(services.ids, [demoId.order(number)]);
  const { order } = await createOrder(
    { ...ctx, ids },
    {
      channel,
      status: progress === 'pending' ? 'pending' : 'confirmed',
      items: [{ variantId: demoId.variant(2), quantity: new Decimal(1) }],
      customerId: demoId.customer(1),
      shipping: { amount: new Decimal('4.90') },
      shippingAddress: { line1: 'Lindenstrasse 12', city: 'Berlin', postalCode: '10969', country: 'DE' },
      ...(channel === 'web' || channel === 'phone'
        ? {}
        : { externalNumber: `${channel.toUpperCase()}-${1000 + number}` }),
    },
  );
  const { id } = order;
  if (progress === 'cancelled') await cancelOrder(ctx, id, { reason: 'Ordered twice' });
  if (progress === 'shipped' || progress === 'delivered') {
    // A shipment takes an id for the stock movement first, then its own.
    const known = SHIPMENTS[number];
    const shipmentIds = wellKnown(
      services.ids,
      known === undefined ? [] : [undefined, demoId.shipment(known)],
    );
    const byHand = { carrier: 'DHL', trackingNumber: `0034043416109404${number}` };
    await shipOrder({ ...ctx, ids: shipmentIds }, id, number < 30 ? byHand : {});
  }
  if (progress === 'delivered') await deliverOrder(ctx, id, {});
}
