import { subscription } from '#kernel/graph/event-stream';
import { formatMoney } from '#kernel/money';
import type { SubscriptionSalesTodayArgs } from '../inputs.generated';
import type { Resolvers } from '../types.generated';
import { salesToday } from './sales-today';

export const resolvers: Resolvers = {
  Subscription: {
    salesToday: subscription((_, { branchId }: SubscriptionSalesTodayArgs, ctx) => salesToday(ctx, branchId)),
  },
  SalesToday: {
    salesCount: ({ sales }) => sales,
    returnsCount: ({ returns }) => returns,
    netSales: ({ net, currency }) => formatMoney(net, currency),
  },
};
