/** Orders in the graph: each topic has its own schema and resolvers. */
import { mergeResolvers } from '@graphql-tools/merge';
import { defineSubgraph } from '#kernel/graph/subgraph';
import { startCartExpiry } from './cart/expire-carts.worker';
import { cartResolvers } from './cart/resolvers';
import type { ShippingQuotes } from './cart/shipping-rates';
import { resolvers as customers } from './customers/resolvers';
import { resolvers as editing } from './editing/resolvers';
import { startOrderExpiry } from './fulfilment/expire-orders.worker';
import { resolvers as fulfilment } from './fulfilment/resolvers';
import { resolvers as discounts } from './discounts/resolvers';
import { ORDER_RETENTION } from './retention';
import { ORDER_METRICS } from './sales-metrics.queries';
import { resolvers as order } from './order/resolvers';
import { startPaymentWork } from './payments/payments.worker';
import { resolvers as payments } from './payments/resolvers';
import { webhookRoute } from './payments/webhook-route';
import { resolvers as placing } from './placing/resolvers';
import { resolvers as refunds } from './refunds/resolvers';
import { resolvers as reports } from './reports/resolvers';
import { startTotalsChecks } from './rollups/check-totals.worker';
import { resolvers as statistics } from './statistics/resolvers';
import { resolvers as storefront } from './storefront/resolvers';

/** @param later.shippingQuotes has the rates of shipping. */
export const subgraph = ({ shippingQuotes }: { shippingQuotes: ShippingQuotes }) =>
  defineSubgraph(__dirname, {
    retention: ORDER_RETENTION,
    resolvers: mergeResolvers([
      ...[cartResolvers(shippingQuotes), customers, discounts, order, placing, editing, fulfilment, payments],
      ...[refunds, reports, statistics, storefront],
    ]),
    async start(services) {
      const stops = [
        await startCartExpiry(services),
        startOrderExpiry(services),
        await startPaymentWork(services),
        startTotalsChecks(services),
      ];
      return async () => {
        await Promise.all(stops.map((stop) => stop()));
      };
    },
    routes: [webhookRoute],
    metrics: ORDER_METRICS,
  });
