import { formatDecimal } from '#kernel/decimal';
import { subscription } from '#kernel/graph/event-stream';
import { formatMoney } from '#kernel/money';
import type { SubscriptionOfflineSaleChangedArgs } from '../inputs.generated';
import { orderReference } from '../order-reference';
import type { Resolvers } from '../types.generated';
import { heldOfflineSales, rejectOfflineSale, releaseOfflineSale } from './held-sales';
import { acknowledgeConflict, listConflicts } from './offline-conflicts';
import { offlineSaleChanges } from './offline-events';
import { bookOfflineSales } from './offline-sales';
import { pendingOfflineSales } from './queued-sales.worker';

export const resolvers: Resolvers = {
  Query: {
    pendingOfflineSales: (_, filter, ctx) => pendingOfflineSales(ctx, filter),
    heldOfflineSales: (_, filter, ctx) => heldOfflineSales(ctx, filter),
    offlineConflicts: (_, filter, ctx) => listConflicts(ctx, filter),
  },
  Mutation: {
    bookOfflineSales: async (_, { input }, ctx) => ({ results: await bookOfflineSales(ctx, input.sales) }),
    acknowledgeOfflineConflict: (_, { id, input }, ctx) => acknowledgeConflict(ctx, id, input.note),
    releaseOfflineSale: (_, { id, input }, ctx) => releaseOfflineSale(ctx, id, input?.note),
    rejectOfflineSale: (_, { id, input }, ctx) => rejectOfflineSale(ctx, id, input.reason),
  },
  Subscription: {
    offlineSaleChanged: subscription((_, watch: SubscriptionOfflineSaleChangedArgs, ctx) =>
      offlineSaleChanges(ctx, watch),
    ),
  },
  OfflineSaleNotice: {
    codes: ({ codes }) => [...codes],
  },
  OfflineResult: {
    order: ({ posted }, _, ctx) => posted && orderReference(ctx, posted),
    conflicts: ({ conflicts }) => [...conflicts],
  },
  OfflineConflict: {
    difference: ({ difference }) => difference && formatDecimal(difference),
  },
  SaleConflict: {
    difference: ({ difference, currency }) => difference && formatMoney(difference, currency),
    acknowledgedById: ({ acknowledgedBy }) => acknowledgedBy,
  },
  HeldSale: {
    total: ({ total, currency }) => total && formatMoney(total, currency),
    decidedById: ({ decidedBy }) => decidedBy,
  },
};
