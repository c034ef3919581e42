import { formatMoney } from '#kernel/money';
import { marginOf, marginRateOf, shownMargin } from '#subgraphs/orders/index';
import type { Resolvers } from '../types.generated';
import { daysOfCover } from './days-of-cover';
import { topProducts, trendingProducts } from './product-sales';

export const resolvers: Resolvers = {
  Query: {
    topProducts: (_, choice, ctx) => topProducts(ctx, choice),
    trendingProducts: (_, choice, ctx) => trendingProducts(ctx, choice),
  },
  StockLevel: {
    __resolveReference: ({ id }) => ({ id }),
    daysOfCover: ({ id }, _, ctx) => daysOfCover(ctx, id),
  },
  TopProduct: {
    netSales: ({ netSales, currency }) => formatMoney(netSales, currency),
    revenue: ({ net, currency }) => formatMoney(net, currency),
    cost: (product) => formatMoney(shownMargin(product, product).cost, product.currency),
    uncostedRevenue: ({ uncostedNet, currency }) => formatMoney(uncostedNet, currency),
    margin: (product) => formatMoney(marginOf(shownMargin(product, product)), product.currency),
    marginRate: (product) => marginRateOf(product),
  },
};
