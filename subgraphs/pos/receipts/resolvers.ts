import type { Resolvers } from '../types.generated';
import { printReceipt } from './print-receipt';

export const resolvers: Resolvers = {
  Mutation: {
    printReceipt: (_, { input }, ctx) =>
      printReceipt(ctx, input.orderId, input.format ?? 'text', input.paperWidth),
  },
};
