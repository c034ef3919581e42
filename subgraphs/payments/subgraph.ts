import { type RequestContext } from '#kernel/context';
import { loader, loadRequired } from '#kernel/graph/loader';
import { defineSubgraph } from '#kernel/graph/subgraph';
import { type Page } from '#kernel/paging';
import { type PaymentMethod } from './payment-methods.rules';
import { paymentMethods, updatePaymentMethod } from './payment-methods';
import { paymentsByIds, paymentsOfOrders } from './payments';
import { type Resolvers } from './types.generated';

const resolvers: Resolvers = {
  Query: {
    payment: (_, { id }, ctx) => loadRequired(paymentLoader(ctx), 'payment', id),
    paymentMethods: (_, { enabled }, ctx) => methodPage(ctx, enabled),
  },
  Mutation: {
    updatePaymentMethod: (_, { method, input }, ctx) => updatePaymentMethod(ctx, method, input),
  },
  Payment: {
    __resolveReference: async ({ id }, ctx) => (await paymentLoader(ctx).load(id)) ?? null,
    order: ({ orderId }) => ({ id: orderId }),
    registerSession: ({ registerSessionId: id }) =>
      id === null ? null : { __typename: 'RegisterSession', id },
    customer: ({ customerId: id }) => (id === null ? null : { __typename: 'Customer', id }),
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

async function methodPage(
  ctx: RequestContext,
  enabled: boolean | null | undefined,
): Promise<Page<PaymentMethod>> {
  const all = await paymentMethods(ctx.db);
  const items = enabled == null ? all : all.filter((method) => method.enabled === enabled);
  return {
    items,
    total: () => Promise.resolve(items.length),
    page: 1,
    size: all.length,
    pages: () => Promise.resolve(1),
    hasNextPage: false,
    nextCursor: null,
  };
}
