import type { RequestContext } from '#kernel/context';
import { subscription } from '#kernel/graph/event-stream';
import { loader } from '#kernel/graph/loader';
import { shipmentLinesOf } from '#subgraphs/orders/index';
import type { SubscriptionShipmentChangedArgs } from '../inputs.generated';
import { labelsOfShipments } from '../labels/labels.queries';
import { eventsOfShipments } from '../tracking/tracking-events.queries';
import type { Resolvers } from '../types.generated';
import { shipmentChanges } from './shipment-events';
import { statusOfEvent } from './shipment-states.rules';
import { createShipment, trackShipment } from './shipments';
import { requireShownShipment, shownShipments } from './shown-shipments';

export const resolvers: Resolvers = {
  Query: {
    shipment: (_, { id }, ctx) => requireShownShipment(ctx, id),
    trackShipment: (_, { number }, ctx) => trackShipment(ctx, number),
  },
  Mutation: { createShipment: (_, { input }, ctx) => createShipment(ctx, input) },
  Subscription: {
    shipmentChanged: subscription((_, watch: SubscriptionShipmentChangedArgs, ctx) =>
      shipmentChanges(ctx, watch),
    ),
  },
  ShipmentChange: {
    shipment: async ({ shipmentId }, _, ctx) => (await shipmentLoader(ctx).load(shipmentId)) ?? null,
  },
  Shipment: {
    items: async ({ id }, _, ctx) =>
      (await shipmentLinesOf(ctx, id)).map(({ lineNo: line, quantity }) => ({ line, quantity })),
    labels: async ({ id }, _, ctx) => (await labelLoader(ctx).load(id)) ?? [],
    events: async ({ id }, _, ctx) =>
      ((await eventLoader(ctx).load(id)) ?? []).map((event) => ({
        ...event,
        status: statusOfEvent(event.status),
      })),
  },
};

const shipmentLoader = (ctx: RequestContext) =>
  loader(ctx, 'shipping.shipment', (ids) => shownShipments(ctx.db, ids));
const labelLoader = (ctx: RequestContext) =>
  loader(ctx, 'shipping.labels', (ids) => labelsOfShipments(ctx.db, ids));
const eventLoader = (ctx: RequestContext) =>
  loader(ctx, 'shipping.events', (ids) => eventsOfShipments(ctx.db, ids));
