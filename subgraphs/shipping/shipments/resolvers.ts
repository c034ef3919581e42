import { shipmentLinesOf } from '#subgraphs/orders/index';
import type { Resolvers } from '../types.generated';
import { createShipment, trackShipment } from './shipments';

export const resolvers: Resolvers = {
  Query: { trackShipment: (_, { number }, ctx) => trackShipment(ctx, number) },
  Mutation: { createShipment: (_, { input }, ctx) => createShipment(ctx, input) },
  Shipment: {
    items: async ({ id }, _, ctx) =>
      (await shipmentLinesOf(ctx, id)).map(({ lineNo: line, quantity }) => ({ line, quantity })),
  },
};
