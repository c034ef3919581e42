import type { Resolvers } from '../types.generated';
import { editOrder, previewOrderEdit } from './edit-order';

export const resolvers: Resolvers = {
  Query: {
    previewOrderEdit: (_, { id, input }, ctx) => previewOrderEdit(ctx, id, input),
  },
  Mutation: {
    editOrder: (_, { id, input }, ctx) => editOrder(ctx, id, input),
  },
  // The relations read the orders by their ids.
  OrderEdit: {
    orderId: ({ order }) => order.id,
    supplementId: ({ supplement }) => supplement?.id ?? null,
    cancellationId: ({ cancellation }) => cancellation?.id ?? null,
  },
};
