import type { RequestContext } from '#kernel/context';
import { ZERO } from '#kernel/decimal';
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
    tax: async ({ id, currency }, _, ctx) => {
      const lines = await linesOf(ctx, id);
      const rates = lines.map((line) => line.taxRate);
      return taxesOf(lines, rates).map((tax) => ({ ...tax, currency }));
    },
    returns: ({ id }, _, ctx) => returnsOf(ctx, id),
  },
  OrderItem: {
    line: ({ lineNo }) => lineNo,
    unitPrice: ({ unitPrice, currency }) => formatUnitPrice(unitPrice, currency),
    listPrice: ({ listPrice, currency }) => formatUnitPrice(listPrice, currency),
    originalItemId: ({ originalLineId }) => originalLineId,
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
