/** The graph face of the till. */
import type { RequestContext } from '../../kernel/context';
import { loadTypeDefs, type SubgraphModule } from '../../kernel/graph/subgraph';
import { formatMoney, formatUnitPrice, roundMoney } from '../../kernel/money';
import type { Page } from '../../kernel/paging';
import { rememberOrder, type WrittenOrder } from '../orders';
import { checkout } from './checkout';
import { dailySalesReport } from './daily';
import { printReceipt } from './printing';
import { calculateCheckout, validateCheckout } from './quote';
import { recentlyScannedProducts, shownScans, startWritingScans, type RecentItem } from './recent-scans';
import { returnItems } from './returns';
import { scanProduct } from './scan';
import type { Resolvers } from './types.generated';

function orderOf(ctx: RequestContext, written: WrittenOrder) {
  rememberOrder(ctx, written);
  return { __typename: 'Order' as const, id: written.order.id };
}

async function recentPage(ctx: RequestContext, size: number | null | undefined): Promise<Page<RecentItem>> {
  const items = await recentlyScannedProducts(ctx, size);
  const once = (count: number) => () => Promise.resolve(count);
  return { items, total: once(items.length), page: 1, size: shownScans(size), pages: once(1), nextCursor: null };
}

const resolvers: Resolvers = {
  Query: {
    scanProduct: (_, { barcode }, ctx) => scanProduct(ctx, barcode),
    recentlyScannedProducts: (_, { size }, ctx) => recentPage(ctx, size),
    calculateCheckout: (_, { input }, ctx) => calculateCheckout(ctx, input),
    validateCheckout: (_, { input }, ctx) => validateCheckout(ctx, input),
    dailySalesReport: (_, args, ctx) => dailySalesReport(ctx, args),
  },
  Mutation: {
    checkout: async (_, { input }, ctx) => orderOf(ctx, await checkout(ctx, input)),
    returnItems: async (_, { input }, ctx) => orderOf(ctx, await returnItems(ctx, input)),
    printReceipt: (_, { input }, ctx) => printReceipt(ctx, input.orderId, input.format ?? 'text'),
  },
  ScannedProduct: {
    id: ({ productId }) => productId,
    product: ({ productId }) => ({ __typename: 'Product', id: productId }),
    price: ({ unitPrice, currency }) => formatUnitPrice(unitPrice, currency),
    scannedAt: (item) => item.scannedAt ?? null,
  },
  CheckoutTotals: {
    currency: ({ terms }) => terms.currency,
    items: ({ terms, lines, totals }) =>
      lines.map((line, index) => ({ line, priced: totals.lines[index]!, currency: terms.currency })),
    subtotal: ({ terms, totals }) => formatMoney(totals.subtotal, terms.currency),
    discountTotal: ({ terms, totals }) => formatMoney(totals.discountTotal, terms.currency),
    taxTotal: ({ terms, totals }) => formatMoney(totals.taxTotal, terms.currency),
    taxes: ({ terms, totals }) => totals.taxes.map((tax) => ({ ...tax, currency: terms.currency })),
    rounding: ({ terms, rounding }) => formatMoney(rounding, terms.currency),
    total: ({ terms, total }) => formatMoney(total, terms.currency),
    paid: ({ terms, paid }) => formatMoney(paid, terms.currency),
    change: ({ terms, change }) => formatMoney(change, terms.currency),
    due: ({ terms, due }) => formatMoney(due, terms.currency),
    pointsEarned: () => 0,
  },
  CheckoutItem: {
    productId: ({ line }) => line.item.productId,
    variantId: ({ line }) => line.item.variantId,
    sku: ({ line }) => line.item.sku,
    name: ({ line }) => line.item.name,
    unit: ({ line }) => line.item.unit,
    quantity: ({ line }) => line.quantity,
    unitPrice: ({ line, currency }) => formatUnitPrice(line.unitPrice, currency),
    listPrice: ({ line, currency }) => formatUnitPrice(line.item.unitPrice, currency),
    subtotal: ({ priced, currency }) => formatMoney(priced.subtotal, currency),
    discount: ({ priced, currency }) => formatMoney(priced.discount, currency),
    taxRate: ({ line }) => line.item.taxRate,
    tax: ({ priced, currency }) => formatMoney(priced.tax, currency),
    total: ({ priced, currency }) => formatMoney(priced.total, currency),
  },
  CheckoutTax: {
    net: ({ net, currency }) => formatMoney(net, currency),
    tax: ({ tax, currency }) => formatMoney(tax, currency),
  },
  DailySalesReport: {
    branchId: ({ terms }) => terms.branchId,
    branch: ({ terms }) => ({ __typename: 'Branch', id: terms.branchId }),
    timeZone: ({ terms }) => terms.timeZone,
    currency: ({ terms }) => terms.currency,
    salesCount: ({ figures }) => figures.sales,
    returnsCount: ({ figures }) => figures.returns,
    unitsSold: ({ figures }) => figures.unitsSold,
    unitsReturned: ({ figures }) => figures.unitsReturned,
    grossSales: ({ terms, figures }) => formatMoney(figures.gross, terms.currency),
    discounts: ({ terms, figures }) => formatMoney(figures.discounts, terms.currency),
    refunds: ({ terms, figures }) => formatMoney(figures.refunds, terms.currency),
    netSales: ({ terms, figures }) => formatMoney(figures.net, terms.currency),
    taxTotal: ({ terms, figures }) =>
      formatMoney(
        figures.taxes.reduce((total, { tax }) => total.plus(tax), figures.net.times(0)),
        terms.currency,
      ),
    rounding: ({ terms, figures }) => formatMoney(figures.rounding, terms.currency),
    averageSale: ({ terms, figures }) => {
      const sold = figures.gross.minus(figures.discounts);
      const average = figures.sales === 0 ? sold : sold.dividedBy(figures.sales);
      return formatMoney(roundMoney(average, terms.currency, terms.roundingMode), terms.currency);
    },
    tax: ({ terms, figures }) => figures.taxes.map((tax) => ({ ...tax, currency: terms.currency })),
    payments: ({ terms, payments }) => payments.map((payment) => ({ ...payment, currency: terms.currency })),
    hours: ({ terms, figures }) => figures.hours.map((hour) => ({ ...hour, currency: terms.currency })),
  },
  DailyTax: {
    net: ({ net, currency }) => formatMoney(net, currency),
    tax: ({ tax, currency }) => formatMoney(tax, currency),
  },
  DailyPayments: {
    amount: ({ amount, currency }) => formatMoney(amount, currency),
  },
  DailyHour: {
    salesCount: ({ sales }) => sales,
    returnsCount: ({ returns }) => returns,
    netSales: ({ net, currency }) => formatMoney(net, currency),
  },
};

export const posSubgraph: SubgraphModule = {
  name: 'pos',
  typeDefs: loadTypeDefs(__dirname),
  resolvers,
  start: (services) => Promise.resolve(startWritingScans(services)),
};
