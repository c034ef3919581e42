import type { Resolvers } from '../types.generated';
import { listBatches } from './batches';

export const resolvers: Resolvers = {
  Query: {
    stockBatches: (_, args, ctx) => listBatches(ctx, args),
  },
};
