import type { Resolvers } from '../types.generated';
import { packingSlip } from './packing-slip';
import { pickList } from './pick-list';

export const resolvers: Resolvers = {
  Query: {
    packingSlip: (_, { shipmentId, prices }, ctx) => packingSlip(ctx, shipmentId, prices ?? false),
    pickList: (_, choice, ctx) => pickList(ctx, choice),
  },
};
