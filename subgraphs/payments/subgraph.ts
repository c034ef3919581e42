/** The graph face of the payments. */
import { type RequestContext } from '#kernel/context';
import { notFound } from '#kernel/errors';
import { loader } from '#kernel/graph/loader';
import { defineSubgraph } from '#kernel/graph/subgraph';
import { formatMoney } from '#kernel/money';
import { type Page } from '#kernel/paging';
import { type PaymentMethodTerms } from './payment-methods.rules';
import { paymentMethods, updatePaymentMethod } from './payment-methods';
import { paymentsByIds, paymentsOfOrders, type PaymentRow } from './payments';
import { type Resolvers } from './types.generated';

function paymentOf(ctx: RequestContext, id: string) {
  return loader(ctx, 'payments.payment', (ids) => paymentsByIds(ctx.db, ids)).load(id);
}

async function paymentOrThrow(ctx: RequestContext, id: string): Promise<PaymentRow> {
  const payment = await paymentOf(ctx, id);
  if (!payment) throw notFound('payment', id);
  return payment;
}

async function methodPage(
  ctx: RequestContext,
  enabled: boolean | null | undefined,
): Promise<Page<PaymentMethodTerms>> {
  const all = await paymentMethods(ctx.db);
  const items = enabled == null ? all : all.filter((method) => method.enabled === enabled);
  return {
    items,
    total: () => Promise.resolve(items.length),
    page: 1,
    size: all.length,
    pages: () => Promise.resolve(1),
    nextCursor: null,
  };
}

const resolvers: Resolvers = {
  Query: {
    payment: (_, { id }, ctx) => paymentOrThrow(ctx, id),
    paymentMethods: (_, { enabled }, ctx) => methodPage(ctx, enabled),
  },
  Mutation: {
    updatePaymentMethod: (_, { method, input }, ctx) => updatePaymentMethod(ctx, method, input),
  },
  Payment: {
    __resolveReference: async ({ id }, ctx) => (await paymentOf(ctx, id)) ?? null,
    order: ({ orderId }) => ({ id: orderId }),
    registerSession: ({ registerSessionId: id }) =>
      id === null ? null : { __typename: 'RegisterSession', id },
    customer: ({ customerId: id }) => (id === null ? null : { __typename: 'Customer', id }),
    amount: ({ amount, currency }) => formatMoney(amount, currency),
    refundedAmount: ({ refundedAmount, currency }) => formatMoney(refundedAmount, currency),
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
