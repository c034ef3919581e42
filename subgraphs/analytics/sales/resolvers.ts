import type { Decimal } from '#kernel/decimal';
import { formatMoney } from '#kernel/money';
import { averageSale, marginOf, marginRateOf, shownMargin } from '#subgraphs/orders/index';
import type { Resolvers } from '../types.generated';
import { salesReport, type SalesFigures } from './sales-report';
import type { OrderSums, SalesSums } from './sales-figures.queries';

const BASKET_PLACES = 2;

const amountOf =
  (amount: (sums: SalesSums) => Decimal) =>
  ({ sums, terms }: SalesFigures) =>
    formatMoney(amount(sums), terms.currency);

const orderAmountOf =
  (amount: (orders: OrderSums) => Decimal) =>
  ({ sums, terms }: SalesFigures) =>
    sums.orders && formatMoney(amount(sums.orders), terms.currency);

export const resolvers: Resolvers = {
  Query: {
    salesDaily: (_, choice, ctx) => salesReport(ctx, 'day', choice),
    salesWeekly: (_, choice, ctx) => salesReport(ctx, 'week', choice),
    salesMonthly: (_, choice, ctx) => salesReport(ctx, 'month', choice),
    salesYearly: (_, choice, ctx) => salesReport(ctx, 'year', choice),
  },
  SalesPoint: {
    period: ({ period }) => period.name,
    from: ({ period }) => period.from,
    to: ({ period }) => period.to,
  },
  SalesFigures: {
    salesCount: ({ sums }) => sums.orders?.sales ?? null,
    returnsCount: ({ sums }) => sums.orders?.returns ?? null,
    units: ({ sums }) => sums.units,
    grossSales: orderAmountOf(({ gross }) => gross),
    discounts: orderAmountOf(({ discounts }) => discounts),
    refunds: orderAmountOf(({ refunds }) => refunds),
    netSales: amountOf(({ netSales }) => netSales),
    taxTotal: amountOf(({ tax }) => tax),
    revenue: amountOf(({ net }) => net),
    cost: ({ sums, terms }) => formatMoney(shownMargin(sums, terms).cost, terms.currency),
    uncostedRevenue: amountOf(({ uncostedNet }) => uncostedNet),
    margin: ({ sums, terms }) => formatMoney(marginOf(shownMargin(sums, terms)), terms.currency),
    marginRate: ({ sums }) => marginRateOf(sums),
    shipping: orderAmountOf(({ shipping }) => shipping),
    averageBasket: ({ sums, terms }) =>
      sums.orders && formatMoney(averageSale(sums.orders, terms), terms.currency),
    itemsPerBasket: ({ sums: { orders } }) =>
      orders && orders.sales > 0
        ? orders.unitsSold.dividedBy(orders.sales).toDecimalPlaces(BASKET_PLACES)
        : null,
    customers: ({ sums }) => sums.customers,
  },
};
