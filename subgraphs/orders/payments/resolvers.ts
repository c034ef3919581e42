import type { Resolvers } from '../types.generated';
import { capturePayment, confirmPayment, refundPayment, voidPayment } from './payment-commands';
import { takePayment } from './process-payment';

export const resolvers: Resolvers = {
  Mutation: {
    processPayment: (_, { input }, ctx) => takePayment(ctx, input),
    confirmPayment: (_, { id }, ctx) => confirmPayment(ctx, id),
    capturePayment: (_, { id, input }, ctx) => capturePayment(ctx, id, input?.amount),
    voidPayment: (_, { id }, ctx) => voidPayment(ctx, id),
    refundPayment: (_, { input }, ctx) => refundPayment(ctx, input),
  },
};
