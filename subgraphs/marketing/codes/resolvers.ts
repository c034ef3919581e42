import { formatMoney } from '#kernel/money';
import { currencyOf } from '#subgraphs/auth/index';
import type { Resolvers } from '../types.generated';
import { discountUsage } from './code-usage';
import { generateDiscountCodes, listDiscountCodes } from './discount-codes';

export const resolvers: Resolvers = {
  Query: {
    discountCodes: (_, filter, ctx) => listDiscountCodes(ctx, filter),
    discountUsage: (_, { code }, ctx) => discountUsage(ctx, code),
  },
  Mutation: {
    generateDiscountCodes: (_, { input }, ctx) => generateDiscountCodes(ctx, input),
  },
  DiscountCode: {
    minimum: async ({ minimum }, _, ctx) => minimum && formatMoney(minimum, await currencyOf(ctx)),
  },
  DiscountUsage: { amount: async ({ amount }, _, ctx) => formatMoney(amount, await currencyOf(ctx)) },
  DiscountUse: { amount: async ({ amount }, _, ctx) => formatMoney(amount, await currencyOf(ctx)) },
};
