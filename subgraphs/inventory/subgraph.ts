/** The graph face of inventory. */
import { type RequestContext } from '../../kernel/context';
import { type Decimal } from '../../kernel/decimal';
import { invariant } from '../../kernel/errors';
import { byId, loader } from '../../kernel/graph/loader';
import { loadTypeDefs, type SubgraphModule } from '../../kernel/graph/subgraph';
import { formatMoney, formatUnitPrice } from '../../kernel/money';
import { type Page } from '../../kernel/paging';
import { adjustStock, recordStockMovement, setReorderPoint } from './adjustments';
import { startBranchWarehouses } from './branchWarehouses';
import { currencyOf } from './currency';
import { figuresOf, levelsByProduct, levelsByVariant, sellingLevels, type StockLevel, type StockView } from './levels';
// Loaded for its effect: the catalogue gets the function that posts what new products start with.
import './opening';
import { listMovements, movementsById, type StockMovement } from './movements';
import { transferStock } from './transfers';
import { type Resolvers } from './types.generated';
import { inventoryValuation } from './valuation';
import { createWarehouse, listWarehouses, warehousesById, type Warehouse } from './warehouses';
import { checkStock, listLowStock, listOutOfStock } from './watch';

async function warehouseById(ctx: RequestContext, id: string): Promise<Warehouse | undefined> {
  return loader<Warehouse>(ctx, 'inventory.warehouse', async (ids) => byId(await warehousesById(ctx.db, ids))).load(id);
}

/** The warehouse of a row that is bound to one by a foreign key, or by a ledger in which nothing is removed. */
async function warehouseOf(ctx: RequestContext, id: string): Promise<Warehouse> {
  const warehouse = await warehouseById(ctx, id);
  invariant(warehouse, `the warehouse ${id} of a level is gone`);
  return warehouse;
}

const movementById = (ctx: RequestContext, id: string) =>
  loader<StockMovement>(ctx, 'inventory.movement', async (ids) => byId(await movementsById(ctx.db, ids))).load(id);

async function levelsBy(ctx: RequestContext, field: 'productId' | 'variantId', id: string): Promise<StockLevel[]> {
  const read = field === 'productId' ? levelsByProduct : levelsByVariant;
  const load = async (ids: readonly string[]): Promise<Map<string, StockLevel[]>> => {
    const groups = new Map<string, StockLevel[]>(ids.map((each) => [each, []]));
    for (const level of await read(ctx.db, ids)) groups.get(level[field])?.push(level);
    return groups;
  };
  return (await loader(ctx, `inventory.levels.${field}`, load).load(id)) ?? [];
}

/** What there is of something, seen from the branch asked for or else the caller's own. */
function stockOf(ctx: RequestContext, levels: StockLevel[], branchId: string | null | undefined): StockView {
  const own = ctx.actor.kind === 'anonymous' ? undefined : ctx.actor.branchId;
  return { ...figuresOf(sellingLevels(levels, branchId ?? own)), levels };
}

const unitCost = async (cost: Decimal, ctx: RequestContext) => formatUnitPrice(cost, await currencyOf(ctx));

/** What rows of several types name by their ids. */
const named = {
  product: ({ productId }: { productId: string }) => ({ __typename: 'Product' as const, id: productId }),
  variant: ({ variantId }: { variantId: string }) => ({ __typename: 'Variant' as const, id: variantId }),
};
const placed = {
  warehouse: (row: { warehouseId: string }, _: unknown, ctx: RequestContext) => warehouseOf(ctx, row.warehouseId),
};

/** The parts of a page that are counted only where somebody asks for them. */
const counted = {
  total: (page: Page<unknown>) => page.total(),
  pages: (page: Page<unknown>) => page.pages(),
};

const resolvers: Resolvers = {
  Query: {
    warehouses: (_, args, ctx) => listWarehouses(ctx, args),
    stockMovements: (_, args, ctx) => listMovements(ctx, args),
    stockCheck: (_, { productId, branchId }, ctx) => checkStock(ctx, productId, branchId),
    lowStock: (_, args, ctx) => listLowStock(ctx, args),
    outOfStock: (_, args, ctx) => listOutOfStock(ctx, args),
    inventoryValuation: (_, args, ctx) => inventoryValuation(ctx, args),
  },
  Mutation: {
    createWarehouse: (_, { input }, ctx) => createWarehouse(ctx, input),
    recordStockMovement: (_, { input }, ctx) => recordStockMovement(ctx, input),
    adjustStock: (_, { input }, ctx) => adjustStock(ctx, input),
    transferStock: (_, { input }, ctx) => transferStock(ctx, input),
    setReorderPoint: (_, { input }, ctx) => setReorderPoint(ctx, input),
  },
  Warehouse: {
    __resolveReference: async ({ id }, ctx) => (await warehouseById(ctx, id)) ?? null,
    branch: ({ branchId }) => (branchId === null ? null : { __typename: 'Branch', id: branchId }),
  },
  StockMovement: {
    __resolveReference: async ({ id }, ctx) => (await movementById(ctx, id)) ?? null,
    unitCost: (row, _, ctx) => unitCost(row.unitCost, ctx),
    averageCost: (row, _, ctx) => unitCost(row.averageCost, ctx),
    user: ({ userId }) => (userId === null ? null : { __typename: 'User', id: userId }),
    ...named,
    ...placed,
  },
  StockLevel: {
    averageCost: (row, _, ctx) => unitCost(row.averageCost, ctx),
    low: ({ reorderPoint, available }) => reorderPoint !== null && available.lessThanOrEqualTo(reorderPoint),
    ...named,
    ...placed,
  },
  StockCheck: { product: named.product },
  StockTransfer: {
    fromWarehouse: (row, _, ctx) => warehouseOf(ctx, row.fromWarehouseId),
    toWarehouse: (row, _, ctx) => warehouseOf(ctx, row.toWarehouseId),
  },
  StockTransferItem: { unitCost: (row, _, ctx) => unitCost(row.unitCost, ctx), ...named },
  InventoryValuation: {
    totalQuantity: (row) => row.totalQuantity(),
    totalValue: async (row) => formatMoney(await row.totalValue(), row.currency),
    warehouses: (row) => row.warehouses(),
    ...counted,
  },
  StockValue: {
    unitCost: (row, _, ctx) => unitCost(row.unitCost, ctx),
    value: async (row, _, ctx) => formatMoney(row.value, await currencyOf(ctx)),
    ...named,
    ...placed,
  },
  WarehouseValue: { value: async (row, _, ctx) => formatMoney(row.value, await currencyOf(ctx)), ...placed },
  WarehousePage: counted,
  StockLevelPage: counted,
  StockMovementPage: counted,
  Product: {
    __resolveReference: ({ id }) => ({ id }),
    stock: async ({ id }, { branchId }, ctx) => stockOf(ctx, await levelsBy(ctx, 'productId', id), branchId),
  },
  Variant: {
    __resolveReference: ({ id }) => ({ id }),
    stock: async ({ id }, { branchId }, ctx) => stockOf(ctx, await levelsBy(ctx, 'variantId', id), branchId),
  },
};

export const inventorySubgraph: SubgraphModule = {
  name: 'inventory',
  typeDefs: loadTypeDefs(__dirname),
  resolvers,
  start: startBranchWarehouses,
};
