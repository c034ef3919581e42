import { formatMoney } from '#kernel/money';
import { orderReference } from '../order-reference';
import type { Resolvers } from '../types.generated';
import { exchangedAmount, exchangeItems } from './exchange';
import { returnItems } from './unreceipted-returns';
import { voidOrder } from './voids';

export const resolvers: Resolvers = {
  Mutation: {
    returnItems: async (_, { input }, ctx) => orderReference(ctx, await returnItems(ctx, input)),
    voidOrder: async (_, { id, input }, ctx) => orderReference(ctx, await voidOrder(ctx, id, input)),
    exchangeItems: (_, { input }, ctx) => exchangeItems(ctx, input),
  },
  Exchange: {
    returned: ({ returned }, _, ctx) => orderReference(ctx, returned),
    sold: ({ sold }, _, ctx) => orderReference(ctx, sold),
    currency: ({ sold }) => sold.order.currency,
    paidWithGoods: (pair) => formatMoney(exchangedAmount(pair), pair.sold.order.currency),
    due: (pair) => formatMoney(pair.sold.order.total.minus(exchangedAmount(pair)), pair.sold.order.currency),
    refunded: (pair) =>
      formatMoney(pair.returned.order.total.negated().minus(exchangedAmount(pair)), pair.sold.order.currency),
    change: ({ sold }) => formatMoney(sold.order.change, sold.order.currency),
  },
};
