import type { Resolvers } from '../types.generated';
import { prolongReservations, reserveGoods, releaseReservations } from './manual-reservations';
import { listReservations } from './reservations';

export const resolvers: Resolvers = {
  Query: {
    stockReservations: (_, args, ctx) => listReservations(ctx, args),
  },
  Mutation: {
    reserveStock: (_, { input }, ctx) => reserveGoods(ctx, input),
    releaseReservations: (_, { input }, ctx) => releaseReservations(ctx, input),
    prolongReservations: (_, { input }, ctx) => prolongReservations(ctx, input),
  },
};
