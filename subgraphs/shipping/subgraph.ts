/** Shipping in the graph: each topic has its own schema and resolvers. */
import { mergeResolvers } from '@graphql-tools/merge';
import { defineSubgraph } from '#kernel/graph/subgraph';
import { resolvers as documents } from './documents/resolvers';
import { resolvers as labels } from './labels/resolvers';
import { resolvers as providers } from './providers/resolvers';
import { resolvers as rates } from './rates/resolvers';
import { SHIPPING_RETENTION } from './retention';
import { resolvers as shipments } from './shipments/resolvers';
import { startShippingWork } from './tracking/shipping.worker';
import { trackingRoute } from './tracking/parcel-webhook-route';
import { resolvers as zones } from './zones/resolvers';

export const subgraph = defineSubgraph(__dirname, {
  retention: SHIPPING_RETENTION,
  resolvers: mergeResolvers([documents, labels, providers, rates, shipments, zones]),
  start: (services) => Promise.resolve(startShippingWork(services)),
  routes: [trackingRoute],
});
