import type { Resolvers } from '../types.generated';
import { prolongHolds, putAside, releaseHolds } from './manual-reservations';
import { listReservations } from './reservations';

export const resolvers: Resolvers = {
  Query: {
    stockReservations: (_, args, ctx) => listReservations(ctx, args),
  },
  Mutation: {
    reserveStock: (_, { input }, ctx) => putAside(ctx, input),
    releaseReservations: (_, { input }, ctx) => releaseHolds(ctx, input),
    prolongReservations: (_, { input }, ctx) => prolongHolds(ctx, input),
  },
};
