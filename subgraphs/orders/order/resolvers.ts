import type { RequestContext } from '#kernel/context';
import { ZERO, type Decimal } from '#kernel/decimal';
import { notFound } from '#kernel/errors';
import { subscription } from '#kernel/graph/event-stream';
import { loader } from '#kernel/graph/loader';
import { isUuid } from '#kernel/ids';
import { formatMoney, formatUnitPrice } from '#kernel/money';
import type { Page, PageArgs } from '#kernel/paging';
import { customerById } from '#subgraphs/customers/index';
import type {
  QueryOrdersArgs,
  SubscriptionOrderChangedArgs,
  SubscriptionSaleCompletedArgs,
} from '../inputs.generated';
import type { OrderRow } from '../model';
import { taxesOf } from '../pricing/pricing.rules';
import type { Resolvers } from '../types.generated';
import { linesLoader, listOrders, orderLoader, returnsOfOrders } from './orders.queries';
import { completedSales, orderChanges } from './subscriptions';

export const resolvers: Resolvers = {
  Query: {
    orders: (_, filter, ctx) => listOrders(ctx, filter),
    order: (_, { id }, ctx) => requireOrder(ctx, id),
    customerOrders: (_, { id, ...filter }, ctx) => ordersOfCustomer(ctx, id, filter),
    purchaseHistory: (_, { id, ...page }, ctx) => ordersOfCustomer(ctx, id, page),
  },
  Subscription: {
    saleCompleted: subscription((_, watch: SubscriptionSaleCompletedArgs, ctx) => completedSales(ctx, watch)),
    orderChanged: subscription((_, watch: SubscriptionOrderChangedArgs, ctx) => orderChanges(ctx, watch)),
  },
  CompletedSale: {
    order: ({ orderId }, _, ctx) => requireOrder(ctx, orderId),
    branch: ({ branchId }) => ({ __typename: 'Branch', id: branchId }),
  },
  OrderChange: {
    order: ({ orderId }, _, ctx) => requireOrder(ctx, orderId),
    branch: ({ branchId }) => ({ __typename: 'Branch', id: branchId }),
  },
  Order: {
    __resolveReference: async ({ id }, ctx) => (await orderLoader(ctx).load(id)) ?? null,
    items: async ({ id, currency }, _, ctx) =>
      (await linesOf(ctx, id)).map((line) => ({ ...line, currency })),
    subtotal: money((order) => order.subtotal),
    discountTotal: money((order) => order.discountTotal),
    taxTotal: money((order) => order.taxTotal),
    rounding: money((order) => order.rounding),
    total: money((order) => order.total),
    paid: money((order) => order.paid),
    change: money((order) => order.change),
    refundedTotal: money((order) => order.refundedTotal),
    paymentDifference: money((order) => order.paymentDifference ?? ZERO),
    tip: money((order) => order.tip),
    approvedById: ({ approvedBy }) => approvedBy,
    ageConfirmedById: ({ ageConfirmedBy }) => ageConfirmedBy,
    training: ({ training }) => training ?? false,
    taxes: async ({ id, currency }, _, ctx) => {
      const lines = await linesOf(ctx, id);
      const rates = lines.map((line) => line.taxRate);
      return taxesOf(lines, rates).map((tax) => ({ ...tax, currency }));
    },
    customer: ({ customerId }) => reference('Customer', customerId),
    cashier: ({ cashierId }) => reference('User', cashierId),
    register: ({ registerId }) => reference('Register', registerId),
    registerSession: ({ registerSessionId }) => reference('RegisterSession', registerSessionId),
    branch: ({ branchId }) => ({ __typename: 'Branch', id: branchId }),
    originalOrder: async ({ originalOrderId: id }, _, ctx) =>
      id === null ? null : ((await orderLoader(ctx).load(id)) ?? null),
    returns: ({ id }, _, ctx) => returnsOf(ctx, id),
  },
  OrderItem: {
    lineNumber: ({ lineNo }) => lineNo,
    product: ({ productId }) => ({ __typename: 'Product', id: productId }),
    unitPrice: ({ unitPrice, currency }) => formatUnitPrice(unitPrice, currency),
    listPrice: ({ listPrice, currency }) => formatUnitPrice(listPrice, currency),
    subtotal: ({ subtotal, currency }) => formatMoney(subtotal, currency),
    discount: ({ discount, currency }) => formatMoney(discount, currency),
    net: ({ net, currency }) => formatMoney(net, currency),
    tax: ({ tax, currency }) => formatMoney(tax, currency),
    total: ({ total, currency }) => formatMoney(total, currency),
    originalItemId: ({ originalLineId }) => originalLineId,
  },
  OrderTax: {
    net: ({ net, currency }) => formatMoney(net, currency),
    tax: ({ tax, currency }) => formatMoney(tax, currency),
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
  const customer = isUuid(customerId) ? await customerById(ctx.db, customerId) : undefined;
  if (!customer) throw notFound('customer', customerId);
  return listOrders(ctx, { ...filter, customerId });
}

async function linesOf(ctx: RequestContext, orderId: string) {
  return (await linesLoader(ctx).load(orderId)) ?? [];
}

/** All returns of an order as one page. */
async function returnsOf(ctx: RequestContext, orderId: string): Promise<Page<OrderRow>> {
  const load = (ids: readonly string[]) => returnsOfOrders(ctx.db, ids);
  const items = (await loader(ctx, 'orders.returns', load).load(orderId)) ?? [];
  return {
    items,
    total: () => Promise.resolve(items.length),
    page: 1,
    size: Math.max(items.length, 1),
    pages: () => Promise.resolve(1),
    hasNextPage: false,
    nextCursor: null,
  };
}

function reference<Name extends string>(typename: Name, id: string | null) {
  return id === null ? null : { __typename: typename, id };
}

/** The resolver of an amount of an order. */
function money(amount: (order: OrderRow) => Decimal) {
  return (order: OrderRow) => formatMoney(amount(order), order.currency);
}
