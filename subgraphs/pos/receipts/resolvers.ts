import type { Resolvers } from '../types.generated';
import { printReceipt } from './print-receipt';

export const resolvers: Resolvers = {
  Mutation: {
    printReceipt: (_, { input: { orderId, format, ...options } }, ctx) =>
      printReceipt(ctx, orderId, format ?? 'text', options),
  },
};
