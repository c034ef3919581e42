import { type RequestContext } from '#kernel/context';
import { loader, loadRequired } from '#kernel/graph/loader';
import { defineSubgraph } from '#kernel/graph/subgraph';
import { type PaymentMethod } from './payment-methods.rules';
import { paymentMethods, updatePaymentMethod } from './payment-methods';
import { paymentsByIds, paymentsOfOrders } from './payments';
import { type Resolvers } from './types.generated';

async function listPaymentMethods(
  ctx: RequestContext,
  enabled: boolean | null | undefined,
): Promise<PaymentMethod[]> {
  const all = await paymentMethods(ctx.db);
  return enabled == null ? all : all.filter((method) => method.enabled === enabled);
}

const resolvers: Resolvers = {
  Query: {
    payment: (_, { id }, ctx) => loadRequired(paymentLoader(ctx), 'payment', id),
    paymentMethods: (_, { enabled }, ctx) => listPaymentMethods(ctx, enabled),
  },
  Mutation: {
    updatePaymentMethod: (_, { method, input }, ctx) => updatePaymentMethod(ctx, method, input),
  },
  Payment: {
    __resolveReference: async ({ id }, ctx) => (await paymentLoader(ctx).load(id)) ?? null,
    order: ({ orderId }) => ({ id: orderId }),
  },
  Order: {
    __resolveReference: ({ id }) => ({ id }),
    payments: async ({ id }, _, ctx) =>
      (await loader(ctx, 'payments.ofOrder', (ids) => paymentsOfOrders(ctx.db, ids)).load(id)) ?? [],
  },
};

export const subgraph = defineSubgraph(__dirname, {
  resolvers,
});

const paymentLoader = (ctx: RequestContext) =>
  loader(ctx, 'payments.payment', (ids) => paymentsByIds(ctx.db, ids));
