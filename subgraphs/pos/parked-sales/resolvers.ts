import { formatMoney, formatUnitPrice } from '#kernel/money';
import type { Resolvers } from '../types.generated';
import { discardBasket, parkBasket, parkedBaskets, recallBasket } from './parked-sales';

export const resolvers: Resolvers = {
  Query: {
    parkedBaskets: (_, filter, ctx) => parkedBaskets(ctx, filter),
  },
  Mutation: {
    parkBasket: (_, { input }, ctx) => parkBasket(ctx, input),
    recallBasket: (_, { id }, ctx) => recallBasket(ctx, id),
    discardBasket: (_, { id }, ctx) => discardBasket(ctx, id),
  },
  ParkedBasket: {
    items: ({ basket, currency }) => basket.items.map((item) => ({ ...item, currency })),
    discount: ({ basket, currency }) => basket.discount && { ...basket.discount, currency },
    note: ({ basket }) => basket.note ?? null,
    total: ({ total, currency }) => formatMoney(total, currency),
    itemsCount: ({ itemCount }) => itemCount,
    parkedById: ({ parkedBy }) => parkedBy,
  },
  ParkedItem: {
    unitPrice: ({ unitPrice, currency }) => unitPrice && formatUnitPrice(unitPrice, currency),
    discount: ({ discount, currency }) => discount && { ...discount, currency },
  },
  ParkedDiscount: {
    amount: ({ amount, currency }) => amount && formatMoney(amount, currency),
  },
};
