import type { RequestContext } from '#kernel/context';
import { ZERO } from '#kernel/decimal';
import { notFound } from '#kernel/errors';
import { subscription } from '#kernel/graph/event-stream';
import { loader } from '#kernel/graph/loader';
import { isUuid } from '#kernel/ids';
import { listTotals } from '#kernel/list-totals';
import { formatMoney, formatUnitPrice } from '#kernel/money';
import type { Page, PageArgs } from '#kernel/paging';
import { requireCustomer } from '#subgraphs/customers/index';
import { shownRecordedRate } from '#subgraphs/i18n/index';
import { nextActionsOfOrders } from '#subgraphs/payments/index';
import type {
  QueryOrdersArgs,
  SubscriptionOrderChangedArgs,
  SubscriptionSaleCompletedArgs,
} from '../inputs.generated';
import type { OrderKind, OrderRow } from '../model';
import { taxesOf } from '../pricing/pricing.rules';
import { shippingParts, taxedPartsOf } from '../pricing/shipping.rules';
import { shipmentsOf } from '../fulfilment/shipments.queries';
import { dueAmount, fulfilmentStatusOf, paymentStatusOf } from './order-balance.rules';
import { stepsOf } from './order-steps';
import type { Resolvers } from '../types.generated';
import { discountsLoader, shownDiscount, shownOrderDiscounts } from './order-discounts';
import { linesLoader, listOrders, orderLoader, ordersOfOriginals } from './orders.queries';
import { completedSales, orderChanges } from './subscriptions';

export const resolvers: Resolvers = {
  Query: {
    orders: (_, filter, ctx) => listOrders(ctx, filter),
    order: (_, { id }, ctx) => requireOrder(ctx, id),
    customerOrders: (_, { customerId, ...filter }, ctx) => ordersOfCustomer(ctx, customerId, filter),
    purchaseHistory: (_, { customerId, ...page }, ctx) => ordersOfCustomer(ctx, customerId, page),
  },
  Subscription: {
    saleCompleted: subscription((_, watch: SubscriptionSaleCompletedArgs, ctx) => completedSales(ctx, watch)),
    orderChanged: subscription((_, watch: SubscriptionOrderChangedArgs, ctx) => orderChanges(ctx, watch)),
  },
  Order: {
    __resolveReference: async ({ id }, ctx) => (await orderLoader(ctx).load(id)) ?? null,
    items: async ({ id, currency }, _, ctx) =>
      (await linesOf(ctx, id)).map((line) => ({ ...line, currency })),
    paymentDifference: ({ paymentDifference, currency }) => formatMoney(paymentDifference ?? ZERO, currency),
    approvedById: ({ approvedBy }) => approvedBy,
    ageConfirmedById: ({ ageConfirmedBy }) => ageConfirmedBy,
    training: ({ training }) => training ?? false,
    tax: async (order, _, ctx) => {
      const parts = taxedPartsOf(order, await linesOf(ctx, order.id));
      return taxesOf(parts).map((tax) => ({ ...tax, currency: order.currency }));
    },
    shippingTaxes: (order) =>
      shippingParts(order).map(({ rate, total, tax }) => ({
        rate,
        net: total.minus(tax),
        tax,
        currency: order.currency,
      })),
    exchangeRate: ({ exchangeRate, total }) => exchangeRate && shownRecordedRate(exchangeRate, total),
    due: (order) => formatMoney(dueAmount(order), order.currency),
    paymentStatus: (order) => paymentStatusOf(order),
    fulfilmentStatus: async (order, _, ctx) => fulfilmentStatusOf(order, await linesOf(ctx, order.id)),
    steps: (order, _, ctx) => stepsOf(ctx, order),
    shipments: (order, _, ctx) => shipmentsOf(ctx, order),
    discounts: async (order, _, ctx) => {
      if (order.discountTotal.isZero()) return [];
      return shownOrderDiscounts(order, (await discountsLoader(ctx).load(order.id)) ?? []);
    },
    returns: ({ id }, _, ctx) => ordersOf(ctx, 'return', id),
    supplements: ({ id }, _, ctx) => ordersOf(ctx, 'sale', id),
    nextAction: async ({ id, channel }, _, ctx) => {
      // Payments of a till are taken before its sale.
      if (channel === 'pos') return null;
      const load = (ids: readonly string[]) => nextActionsOfOrders(ctx.db, ids);
      return (await loader(ctx, 'orders.nextAction', load).load(id)) ?? null;
    },
  },
  OrderStep: {
    from: ({ fromStatus }) => fromStatus,
    to: ({ toStatus }) => toStatus,
  },
  OrderItem: {
    line: ({ lineNo }) => lineNo,
    unitPrice: ({ unitPrice, currency }) => formatUnitPrice(unitPrice, currency),
    listPrice: ({ listPrice, currency }) => formatUnitPrice(listPrice, currency),
    originalItemId: ({ originalLineId }) => originalLineId,
    discounts: async ({ orderId, lineNo, discount, currency }, _, ctx) => {
      if (discount.isZero()) return [];
      const rows = (await discountsLoader(ctx).load(orderId)) ?? [];
      return rows.filter((row) => row.lineNo === lineNo).map((row) => shownDiscount(row, currency));
    },
  },
  Customer: {
    __resolveReference: ({ id }) => ({ id }),
    orders: ({ id }, page: PageArgs, ctx) => listOrders(ctx, { ...page, customerId: id }),
  },
};

async function requireOrder(ctx: RequestContext, id: string): Promise<OrderRow> {
  const order = isUuid(id) ? await orderLoader(ctx).load(id.toLowerCase()) : undefined;
  if (!order) throw notFound('order', id);
  return order;
}

/** @throws PosProError 404 for an unknown or erased customer. */
async function ordersOfCustomer(
  ctx: RequestContext,
  customerId: string,
  filter: QueryOrdersArgs,
): Promise<Page<OrderRow>> {
  const { id } = await requireCustomer(ctx.db, customerId);
  return listOrders(ctx, { ...filter, customerId: id });
}

async function linesOf(ctx: RequestContext, orderId: string) {
  return (await linesLoader(ctx).load(orderId)) ?? [];
}

/** All returns or supplements of an order as one page. */
async function ordersOf(ctx: RequestContext, kind: OrderKind, orderId: string): Promise<Page<OrderRow>> {
  const load = (ids: readonly string[]) => ordersOfOriginals(ctx.db, kind, ids);
  const items = (await loader(ctx, `orders.of.${kind}`, load).load(orderId)) ?? [];
  const size = Math.max(items.length, 1);
  return {
    ...listTotals(size, () => Promise.resolve(items.length)),
    items,
    page: 1,
    size,
    hasNextPage: false,
    nextCursor: null,
  };
}
