/** Selling at the till in the graph: each topic has its own schema and resolvers. */
import { mergeResolvers } from '@graphql-tools/merge';
import { defineSubgraph } from '#kernel/graph/subgraph';
import { startPostingAtOpening } from './offline/queued-sales.worker';
import { resolvers as offline } from './offline/resolvers';
import { resolvers as parkedSales } from './parked-sales/resolvers';
import { resolvers as receipts } from './receipts/resolvers';
import { resolvers as reports } from './reports/resolvers';
import { POS_RETENTION } from './retention';
import { resolvers as returns } from './returns/resolvers';
import { resolvers as sale } from './sale/resolvers';
import { startWritingScans } from './scanning/recent-scans.worker';
import { resolvers as scanning } from './scanning/resolvers';

export const subgraph = defineSubgraph(__dirname, {
  retention: POS_RETENTION,
  resolvers: mergeResolvers([scanning, sale, returns, offline, parkedSales, receipts, reports]),
  start: (services) => {
    const ends = [startWritingScans(services), startPostingAtOpening(services)];
    return Promise.resolve(async () => {
      for (const end of ends) await end();
    });
  },
});
