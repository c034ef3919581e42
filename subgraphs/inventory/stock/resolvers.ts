import { ownBranch } from '#kernel/auth/actor';
import type { RequestContext } from '#kernel/context';
import { subscription } from '#kernel/graph/event-stream';
import { byId, loader } from '#kernel/graph/loader';
import { formatAmount, formatUnitCost, pageTotals } from '../field-helpers';
import type { SubscriptionLowStockArgs, SubscriptionStockChangedArgs } from '../inputs.generated';
import type { Resolvers } from '../types.generated';
import { adjustStock, recordStockMovement, setReorderPoint } from './adjustments';
import { checkStock, listLowStock, listOutOfStock } from './low-stock.queries';
import {
  figuresOf,
  levelsByProduct,
  levelsByVariant,
  sellingLevels,
  type StockLevel,
  type StockView,
} from './stock-levels.queries';
import { listMovements, movementsById, type StockMovement } from './stock-movements.queries';
import { lowStockAlerts, stockChanges } from './subscriptions';
import { inventoryValuation } from './valuation.queries';

export const resolvers: Resolvers = {
  Query: {
    stockMovements: (_, args, ctx) => listMovements(ctx, args),
    stockCheck: (_, { productId, branchId }, ctx) => checkStock(ctx, productId, branchId),
    lowStock: (_, args, ctx) => listLowStock(ctx, args),
    outOfStock: (_, args, ctx) => listOutOfStock(ctx, args),
    inventoryValuation: (_, args, ctx) => inventoryValuation(ctx, args),
  },
  Mutation: {
    recordStockMovement: (_, { input }, ctx) => recordStockMovement(ctx, input),
    adjustStock: (_, { input }, ctx) => adjustStock(ctx, input),
    setReorderPoint: (_, { input }, ctx) => setReorderPoint(ctx, input),
  },
  Subscription: {
    stockChanged: subscription((_, watch: SubscriptionStockChangedArgs, ctx) => stockChanges(ctx, watch)),
    lowStock: subscription((_, watch: SubscriptionLowStockArgs, ctx) => lowStockAlerts(ctx, watch)),
  },
  StockMovement: {
    __resolveReference: async ({ id }, ctx) => (await movementById(ctx, id)) ?? null,
    unitCost: (row, _, ctx) => formatUnitCost(row.unitCost, ctx),
    averageCost: (row, _, ctx) => formatUnitCost(row.averageCost, ctx),
    batchNumber: ({ batches }) => batches.flatMap((batch) => batch.batchNumber ?? []).join(', ') || null,
  },
  StockLevel: {
    averageCost: (row, _, ctx) => formatUnitCost(row.averageCost, ctx),
    low: ({ reorderPoint, available }) => reorderPoint !== null && available.lessThanOrEqualTo(reorderPoint),
  },
  InventoryValuation: {
    totalQuantity: (row) => row.totalQuantity(),
    inTransit: (row) => row.inTransit(),
    warehouses: (row) => row.warehouses(),
    ...pageTotals,
  },
  StockValue: {
    unitCost: (row, _, ctx) => formatUnitCost(row.unitCost, ctx),
    value: (row, _, ctx) => formatAmount(row.value, ctx),
  },
  WarehouseValue: {
    variantsCount: ({ variants }) => variants,
    value: (row, _, ctx) => formatAmount(row.value, ctx),
  },
  TransitValue: { value: (row, _, ctx) => formatAmount(row.value, ctx) },
  Product: {
    __resolveReference: ({ id }) => ({ id }),
    stock: async ({ id }, { branchId }, ctx) => stockOf(ctx, await levelsBy(ctx, 'productId', id), branchId),
  },
  Variant: {
    __resolveReference: ({ id }) => ({ id }),
    stock: async ({ id }, { branchId }, ctx) => stockOf(ctx, await levelsBy(ctx, 'variantId', id), branchId),
  },
};

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

/** Stock as the requested branch sees it, or else the caller's own. */
function stockOf(ctx: RequestContext, levels: StockLevel[], branchId: string | null | undefined): StockView {
  const own = ownBranch(ctx.actor);
  return { ...figuresOf(sellingLevels(levels, branchId ?? own)), levels };
}
