import { formatMoney } from '#kernel/money';
import { marginOf, marginRateOf, shownMargin } from '#subgraphs/orders/index';
import type { Resolvers } from '../types.generated';
import { topProducts, trendingProducts } from './product-sales';

export const resolvers: Resolvers = {
  Query: {
    topProducts: (_, choice, ctx) => topProducts(ctx, choice),
    trendingProducts: (_, choice, ctx) => trendingProducts(ctx, choice),
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
