import type { RequestContext } from '#kernel/context';
import { groupBy } from '#kernel/collections';
import { ZERO, type Decimal } from '#kernel/decimal';
import { byId, loader } from '#kernel/graph/loader';
import { formatAmount, formatUnitCost } from '../field-helpers';
import { levelKey } from '../model';
import type { StockLevel } from '../stock/stock-levels.queries';
import type { Resolvers } from '../types.generated';
import { cancelTransfer, createTransfer, receiveTransfer, sendTransfer, transferStock } from './transfers';
import {
  incomingOf,
  incomingStock,
  listTransfers,
  transferById,
  transfersById,
  type IncomingItem,
  type StockTransfer,
} from './transfers.queries';

export const resolvers: Resolvers = {
  Query: {
    stockTransfers: (_, args, ctx) => listTransfers(ctx, args),
    stockTransfer: (_, { id }, ctx) => transferById(ctx.db, id),
  },
  Mutation: {
    transferStock: (_, { input }, ctx) => transferStock(ctx, input),
    createTransfer: (_, { input }, ctx) => createTransfer(ctx, input),
    sendTransfer: (_, { id }, ctx) => sendTransfer(ctx, id),
    receiveTransfer: (_, { id, input }, ctx) => receiveTransfer(ctx, id, input),
    cancelTransfer: (_, { id }, ctx) => cancelTransfer(ctx, id),
  },
  Warehouse: { incoming: ({ id }, _, ctx) => incomingItems(ctx, id) },
  StockLevel: { incoming: (level, _, ctx) => incomingQuantity(ctx, level) },
  IncomingStock: { value: (row, _, ctx) => formatAmount(row.value, ctx) },
  StockTransfer: {
    __resolveReference: async ({ id }, ctx) => (await transferReference(ctx, id)) ?? null,
  },
  StockTransferItem: {
    unitCost: (row, _, ctx) => (row.unitCost === null ? null : formatUnitCost(row.unitCost, ctx)),
    difference: ({ receivedQuantity, quantity }) => receivedQuantity?.minus(quantity) ?? null,
  },
};

const transferReference = (ctx: RequestContext, id: string) =>
  loader<StockTransfer>(ctx, 'inventory.transfer', async (ids) =>
    byId(await transfersById(ctx.db, ids)),
  ).load(id);

/** Goods on their way to a warehouse. One statement for all warehouses of the request. */
async function incomingItems(ctx: RequestContext, warehouseId: string): Promise<IncomingItem[]> {
  const load = async (ids: readonly string[]) =>
    groupBy(await incomingOf(ctx.db, ids), (row) => row.warehouseId);
  return (await loader(ctx, 'inventory.incomingItems', load).load(warehouseId)) ?? [];
}

/** Quantity on its way to a level. One statement for all levels of the request. */
async function incomingQuantity(ctx: RequestContext, level: StockLevel): Promise<Decimal> {
  const load = async (keys: readonly string[]): Promise<Map<string, Decimal>> => {
    const places = keys.map((key) => ({ variantId: key.split(':')[0]!, warehouseId: key.split(':')[1]! }));
    return new Map((await incomingStock(ctx.db, places)).map((row) => [levelKey(row), row.quantity]));
  };
  return (await loader(ctx, 'inventory.incomingQuantity', load).load(levelKey(level))) ?? ZERO;
}
