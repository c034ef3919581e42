/** The graph face of inventory. */
import { type RequestContext } from '#kernel/context';
import { byId, loader } from '#kernel/graph/loader';
import { defineSubgraph } from '#kernel/graph/subgraph';
import { subscription } from '#kernel/graph/event-stream';
import { formatMoney } from '#kernel/money';
import { adjustStock, recordStockMovement, setReorderPoint } from './stock/adjustments';
import { startBranchWarehouses } from './warehouses/branch-warehouses.worker';
import { documentMutations, documentQueries, documentTypes, incomingAll, incomingTo } from './documents';
import { startExpiry } from './reservations/expire-reservations.worker';
import type { SubscriptionLowStockArgs, SubscriptionStockChangedArgs } from './inputs.generated';
import {
  figuresOf,
  levelsByProduct,
  levelsByVariant,
  sellingLevels,
  type StockLevel,
  type StockView,
} from './stock/stock-levels.queries';
// Loaded for its effect: the catalogue gets the function that posts what new products start with.
import './stock/opening-stock';
import { listMovements, movementsById, type StockMovement } from './stock/stock-movements.queries';
import { counted, made, money, named, placed, unitCost, warehouseById } from './field-helpers';
import { transferStock } from './transfers/transfers';
import { lowStockAlerts, stockChanges } from './stock/subscriptions';
import { type Resolvers } from './types.generated';
import { inventoryValuation } from './stock/valuation.queries';
import { createWarehouse, listWarehouses } from './warehouses/warehouses';
import { checkStock, listLowStock, listOutOfStock } from './stock/low-stock.queries';

const movementById = (ctx: RequestContext, id: string) =>
  loader<StockMovement>(ctx, 'inventory.movement', async (ids) =>
    byId(await movementsById(ctx.db, ids)),
  ).load(id);

async function levelsBy(
  ctx: RequestContext,
  field: 'productId' | 'variantId',
  id: string,
): Promise<StockLevel[]> {
  const read = field === 'productId' ? levelsByProduct : levelsByVariant;
  const load = async (ids: readonly string[]): Promise<Map<string, StockLevel[]>> => {
    const groups = new Map<string, StockLevel[]>(ids.map((each) => [each, []]));
    for (const level of await read(ctx.db, ids, ctx.clock.now())) groups.get(level[field])?.push(level);
    return groups;
  };
  return (await loader(ctx, `inventory.levels.${field}`, load).load(id)) ?? [];
}

/** What there is of something, seen from the branch asked for or else the caller's own. */
function stockOf(ctx: RequestContext, levels: StockLevel[], branchId: string | null | undefined): StockView {
  const own = ctx.actor.kind === 'anonymous' ? undefined : ctx.actor.branchId;
  return { ...figuresOf(sellingLevels(levels, branchId ?? own)), levels };
}

const ofBranch = {
  branch: ({ branchId }: { branchId: string | null }) =>
    branchId === null ? null : { __typename: 'Branch' as const, id: branchId },
};

const resolvers: Resolvers = {
  Query: {
    warehouses: (_, args, ctx) => listWarehouses(ctx, args),
    stockMovements: (_, args, ctx) => listMovements(ctx, args),
    stockCheck: (_, { productId, branchId }, ctx) => checkStock(ctx, productId, branchId),
    lowStock: (_, args, ctx) => listLowStock(ctx, args),
    outOfStock: (_, args, ctx) => listOutOfStock(ctx, args),
    inventoryValuation: (_, args, ctx) => inventoryValuation(ctx, args),
    ...documentQueries,
  },
  Mutation: {
    createWarehouse: (_, { input }, ctx) => createWarehouse(ctx, input),
    recordStockMovement: (_, { input }, ctx) => recordStockMovement(ctx, input),
    adjustStock: (_, { input }, ctx) => adjustStock(ctx, input),
    transferStock: (_, { input }, ctx) => transferStock(ctx, input),
    setReorderPoint: (_, { input }, ctx) => setReorderPoint(ctx, input),
    ...documentMutations,
  },
  Warehouse: {
    __resolveReference: async ({ id }, ctx) => (await warehouseById(ctx, id)) ?? null,
    incoming: ({ id }, _, ctx) => incomingAll(ctx, id),
    branch: ({ branchId }) => (branchId === null ? null : { __typename: 'Branch', id: branchId }),
  },
  StockMovement: {
    __resolveReference: async ({ id }, ctx) => (await movementById(ctx, id)) ?? null,
    unitCost: (row, _, ctx) => unitCost(row.unitCost, ctx),
    averageCost: (row, _, ctx) => unitCost(row.averageCost, ctx),
    batchNumber: ({ batches }) => batches.flatMap((batch) => batch.batchNumber ?? []).join(', ') || null,
    ...made,
    ...named,
    ...placed,
  },
  StockLevel: {
    averageCost: (row, _, ctx) => unitCost(row.averageCost, ctx),
    incoming: (row, _, ctx) => incomingTo(ctx, row),
    low: ({ reorderPoint, available }) => reorderPoint !== null && available.lessThanOrEqualTo(reorderPoint),
    ...named,
    ...placed,
  },
  StockCheck: { product: named.product },
  InventoryValuation: {
    totalQuantity: (row) => row.totalQuantity(),
    totalValue: async (row) => formatMoney(await row.totalValue(), row.currency),
    inTransit: (row) => row.inTransit(),
    warehouses: (row) => row.warehouses(),
    ...counted,
  },
  StockValue: {
    unitCost: (row, _, ctx) => unitCost(row.unitCost, ctx),
    value: (row, _, ctx) => money(row.value, ctx),
    ...named,
    ...placed,
  },
  WarehouseValue: { value: (row, _, ctx) => money(row.value, ctx), ...placed },
  TransitValue: { value: (row, _, ctx) => money(row.value, ctx) },
  ...documentTypes,
  WarehousePage: counted,
  StockLevelPage: counted,
  StockMovementPage: counted,
  Subscription: {
    stockChanged: subscription((_, watch: SubscriptionStockChangedArgs, ctx) => stockChanges(ctx, watch)),
    lowStock: subscription((_, watch: SubscriptionLowStockArgs, ctx) => lowStockAlerts(ctx, watch)),
  },
  StockChange: { ...named, ...placed, ...ofBranch },
  LowStockAlert: { ...named, ...placed, ...ofBranch },
  Product: {
    __resolveReference: ({ id }) => ({ id }),
    stock: async ({ id }, { branchId }, ctx) => stockOf(ctx, await levelsBy(ctx, 'productId', id), branchId),
  },
  Variant: {
    __resolveReference: ({ id }) => ({ id }),
    stock: async ({ id }, { branchId }, ctx) => stockOf(ctx, await levelsBy(ctx, 'variantId', id), branchId),
  },
};

export const subgraph = defineSubgraph(__dirname, {
  resolvers,
  async start(services) {
    const stops = await Promise.all([startBranchWarehouses(services), startExpiry(services)]);
    return async () => {
      await Promise.all(stops.map((stop) => stop()));
    };
  },
});
