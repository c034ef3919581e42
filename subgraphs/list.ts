import type { SubgraphModule } from '#kernel/graph/subgraph';
import { adminSubgraph } from './admin/subgraph';
import { authSubgraph } from './auth/subgraph';
import { catalogSubgraph } from './catalog/subgraph';
import { customersSubgraph } from './customers/subgraph';
import { inventorySubgraph } from './inventory/subgraph';
import { ordersSubgraph } from './orders/subgraph';
import { paymentsSubgraph } from './payments/subgraph';
import { posSubgraph } from './pos/subgraph';
import { registersSubgraph } from './registers/subgraph';
import { webhooksSubgraph } from './webhooks/subgraph';

/** Every domain of the graph, in the order of who may call whom: a domain calls only those before it. */
export const subgraphs: readonly SubgraphModule[] = [
  authSubgraph,
  catalogSubgraph,
  inventorySubgraph,
  registersSubgraph,
  customersSubgraph,
  paymentsSubgraph,
  ordersSubgraph,
  posSubgraph,
  webhooksSubgraph,
  adminSubgraph,
];
