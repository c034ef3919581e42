import { formatMoney } from '#kernel/money';
import type { Decimal } from '#kernel/decimal';
import { averageSale } from '../reports/average-sale.rules';
import type { Resolvers } from '../types.generated';
import { bestSellers } from './best-sellers';
import { changeInPercent, orderStats, type PeriodStats } from './order-stats';

const amountOf = (amount: (stats: PeriodStats) => Decimal) => (stats: PeriodStats) =>
  formatMoney(amount(stats), stats.terms.currency);

export const resolvers: Resolvers = {
  Query: {
    orderStatsDaily: (_, choice, ctx) => orderStats(ctx, 'day', choice),
    orderStatsWeekly: (_, choice, ctx) => orderStats(ctx, 'week', choice),
    orderStatsMonthly: (_, choice, ctx) => orderStats(ctx, 'month', choice),
    bestSellers: (_, choice, ctx) => bestSellers(ctx, choice),
  },
  OrderStats: {
    period: ({ period }) => period.name,
    from: ({ period }) => period.from,
    to: ({ period }) => period.to,
    currency: ({ terms }) => terms.currency,
    salesCount: ({ figures }) => figures.sales,
    returnsCount: ({ figures }) => figures.returns,
    itemsSold: ({ figures }) => figures.unitsSold,
    itemsReturned: ({ figures }) => figures.unitsReturned,
    grossSales: amountOf(({ figures }) => figures.gross),
    discounts: amountOf(({ figures }) => figures.discounts),
    refunds: amountOf(({ figures }) => figures.refunds),
    netSales: amountOf(({ figures }) => figures.net),
    taxTotal: amountOf(({ figures }) => figures.tax),
    averageSale: amountOf(({ figures, terms }) => averageSale(figures, terms)),
    previousSalesCount: ({ previous }) => previous.sales,
    previousNetSales: amountOf(({ previous }) => previous.net),
    netSalesChange: ({ figures, previous }) => changeInPercent(figures.net, previous.net),
  },
};
