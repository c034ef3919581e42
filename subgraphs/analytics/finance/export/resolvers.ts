import type { Resolvers } from '../../types.generated';
import { accountingExport } from './accounting-export';

export const resolvers: Resolvers = {
  Query: {
    accountingExport: (_, args, ctx) => accountingExport(ctx, args),
  },
};
