/** The graph face of the till. */
import type { RequestContext } from '#kernel/context';
import { formatDecimal } from '#kernel/decimal';
import { subscription } from '#kernel/graph/event-stream';
import { defineSubgraph } from '#kernel/graph/subgraph';
import { formatMoney, formatUnitPrice } from '#kernel/money';
import type { Page } from '#kernel/paging';
import { fieldNamesOf } from '#kernel/problem-details';
import { rememberOrder, type PostedOrder } from '#subgraphs/orders/index';
import { createApproval } from './sale/approvals';
import { discardBasket, parkBasket, parkedBaskets, recallBasket } from './parked-sales/parked-sales';
import { checkout } from './sale/checkout';
import { dailySalesReport } from './reports/daily-sales-report';
import { exchangeItems, exchangedIn } from './returns/exchange';
import { bookOfflineSales } from './offline/offline-sales';
import { heldOfflineSales, rejectOfflineSale, releaseOfflineSale } from './offline/held-sales';
import type { SubscriptionOfflineSaleChangedArgs } from './inputs.generated';
import { acknowledgeConflict, listConflicts } from './offline/offline-conflicts';
import { offlineSaleChanges } from './offline/offline-events';
import { bookAtOpening, pendingOfflineSales } from './offline/queued-sales.worker';
import { printReceipt } from './receipts/print-receipt';
import { calculateCheckout, validateCheckout } from './sale/checkout-preview';
import {
  recentlyScannedProducts,
  shownScans,
  startWritingScans,
  type RecentItem,
} from './scanning/recent-scans.worker';
import { reportResolvers } from './reports/resolvers';
import { returnItems } from './returns/unreceipted-returns';
import { scanProduct } from './scanning/scan-product';
import { cashierReport, shiftReport } from './reports/shift-report';
import { voidOrder } from './returns/voids';
import type { Resolvers } from './types.generated';

function orderOf(ctx: RequestContext, written: PostedOrder) {
  rememberOrder(ctx, written);
  return { __typename: 'Order' as const, id: written.order.id };
}

async function recentPage(ctx: RequestContext, size: number | null | undefined): Promise<Page<RecentItem>> {
  const items = await recentlyScannedProducts(ctx, size);
  const once = (count: number) => () => Promise.resolve(count);
  return {
    items,
    total: once(items.length),
    page: 1,
    size: shownScans(size),
    pages: once(1),
    nextCursor: null,
  };
}

const resolvers: Resolvers = {
  Query: {
    scanProduct: (_, { barcode }, ctx) => scanProduct(ctx, barcode),
    recentlyScannedProducts: (_, { size }, ctx) => recentPage(ctx, size),
    calculateCheckout: (_, { input }, ctx) => calculateCheckout(ctx, input),
    validateCheckout: (_, { input }, ctx) => validateCheckout(ctx, input),
    dailySalesReport: (_, args, ctx) => dailySalesReport(ctx, args),
    parkedBaskets: (_, filter, ctx) => parkedBaskets(ctx, filter),
    pendingOfflineSales: (_, filter, ctx) => pendingOfflineSales(ctx, filter),
    heldOfflineSales: (_, filter, ctx) => heldOfflineSales(ctx, filter),
    offlineConflicts: (_, filter, ctx) => listConflicts(ctx, filter),
    shiftReport: (_, choice, ctx) => shiftReport(ctx, choice),
    cashierReport: (_, choice, ctx) => cashierReport(ctx, choice),
  },
  Mutation: {
    checkout: async (_, { input }, ctx) => orderOf(ctx, await checkout(ctx, input)),
    returnItems: async (_, { input }, ctx) => orderOf(ctx, await returnItems(ctx, input)),
    bookOfflineSales: async (_, { input }, ctx) => ({ results: await bookOfflineSales(ctx, input.sales) }),
    acknowledgeOfflineConflict: (_, { id, input }, ctx) => acknowledgeConflict(ctx, id, input.note),
    releaseOfflineSale: (_, { id, input }, ctx) => releaseOfflineSale(ctx, id, input?.note),
    rejectOfflineSale: (_, { id, input }, ctx) => rejectOfflineSale(ctx, id, input.reason),
    parkBasket: (_, { input }, ctx) => parkBasket(ctx, input),
    recallBasket: (_, { id }, ctx) => recallBasket(ctx, id),
    discardBasket: (_, { id }, ctx) => discardBasket(ctx, id),
    voidOrder: async (_, { id, input }, ctx) => orderOf(ctx, await voidOrder(ctx, id, input)),
    exchangeItems: (_, { input }, ctx) => exchangeItems(ctx, input),
    createApproval: (_, { input }, ctx) => createApproval(ctx, input),
    printReceipt: (_, { input }, ctx) =>
      printReceipt(ctx, input.orderId, input.format ?? 'text', input.paperWidth),
  },
  Subscription: {
    offlineSaleChanged: subscription((_, watch: SubscriptionOfflineSaleChangedArgs, ctx) =>
      offlineSaleChanges(ctx, watch),
    ),
  },
  OfflineSaleNotice: {
    order: ({ orderId }) => (orderId === null ? null : { __typename: 'Order', id: orderId }),
    codes: ({ codes }) => [...codes],
  },
  OfflineConflict: {
    difference: ({ difference }) => difference && formatDecimal(difference),
  },
  SaleConflict: {
    order: ({ orderId }) => ({ __typename: 'Order', id: orderId }),
    difference: ({ difference, currency }) => difference && formatMoney(difference, currency),
    acknowledgedById: ({ acknowledgedBy }) => acknowledgedBy,
  },
  HeldSale: {
    total: ({ total, currency }) => total && formatMoney(total, currency),
    decidedById: ({ decidedBy }) => decidedBy,
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
  CheckoutIssue: {
    field: ({ field }, _, ctx) => fieldNamesOf(ctx.request)(field),
  },
  CheckoutTax: {
    net: ({ net, currency }) => formatMoney(net, currency),
    tax: ({ tax, currency }) => formatMoney(tax, currency),
  },
  ParkedBasket: {
    items: ({ basket, currency }) => basket.items.map((item) => ({ ...item, currency })),
    discount: ({ basket, currency }) => basket.discount && { ...basket.discount, currency },
    note: ({ basket }) => basket.note ?? null,
    total: ({ total, currency }) => formatMoney(total, currency),
    parkedById: ({ parkedBy }) => parkedBy,
  },
  ParkedItem: {
    unitPrice: ({ unitPrice, currency }) => unitPrice && formatUnitPrice(unitPrice, currency),
    discount: ({ discount, currency }) => discount && { ...discount, currency },
  },
  ParkedDiscount: {
    amount: ({ amount, currency }) => amount && formatMoney(amount, currency),
  },
  OfflineResult: {
    order: ({ written }, _, ctx) => written && orderOf(ctx, written),
    conflicts: ({ conflicts }) => [...conflicts],
  },
  Exchange: {
    returned: ({ returned }, _, ctx) => orderOf(ctx, returned),
    sold: ({ sold }, _, ctx) => orderOf(ctx, sold),
    currency: ({ sold }) => sold.order.currency,
    paidWithGoods: (pair) => formatMoney(exchangedIn(pair), pair.sold.order.currency),
    due: (pair) => formatMoney(pair.sold.order.total.minus(exchangedIn(pair)), pair.sold.order.currency),
    refunded: (pair) =>
      formatMoney(pair.returned.order.total.negated().minus(exchangedIn(pair)), pair.sold.order.currency),
    change: ({ sold }) => formatMoney(sold.order.change, sold.order.currency),
  },
  Approval: {
    approvedById: ({ approvedBy }) => approvedBy,
  },
  ...reportResolvers,
};

export const subgraph = defineSubgraph(__dirname, {
  resolvers,
  start: (services) => {
    const ends = [startWritingScans(services), bookAtOpening(services)];
    return Promise.resolve(async () => {
      for (const end of ends) await end();
    });
  },
});
