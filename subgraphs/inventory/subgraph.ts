/** Inventory in the graph: each topic has its own schema and resolvers. */
import { mergeResolvers } from '@graphql-tools/merge';
import { defineSubgraph } from '#kernel/graph/subgraph';
import { resolvers as batches } from './batches/resolvers';
import { resolvers as receipts } from './receipts/resolvers';
import { startExpiry } from './reservations/expire-reservations.worker';
import { resolvers as reservations } from './reservations/resolvers';
import { INVENTORY_RETENTION } from './retention';
import { resolvers as stockTakes } from './stock-takes/resolvers';
import { resolvers as stock } from './stock/resolvers';
import { resolvers as transfers } from './transfers/resolvers';
import { startBranchWarehouses } from './warehouses/branch-warehouses.worker';
import { resolvers as warehouses } from './warehouses/resolvers';

export const subgraph = defineSubgraph(__dirname, {
  retention: INVENTORY_RETENTION,
  resolvers: mergeResolvers([warehouses, stock, batches, receipts, transfers, reservations, stockTakes]),
  async start(services) {
    const stops = [await startBranchWarehouses(services), startExpiry(services)];
    return async () => {
      await Promise.all(stops.map((stop) => stop()));
    };
  },
});
