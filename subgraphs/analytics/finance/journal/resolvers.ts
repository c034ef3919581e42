import type { Resolvers } from '../../types.generated';
import { accountingJournal } from './journal';

export const resolvers: Resolvers = {
  Query: {
    accountingJournal: (_, args, ctx) => accountingJournal(ctx, args),
  },
};
