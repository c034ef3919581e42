/** The graph face of inventory's documents: batches, receipts, transfers, reservations, stock takes. */
import type { RequestContext } from '#kernel/context';
import { groupBy } from '#kernel/collections';
import { ZERO, sum, type Decimal } from '#kernel/decimal';
import { byId, loader } from '#kernel/graph/loader';
import { roundMoney } from '#kernel/money';
import { listBatches } from './batches/batches';
import { currencyOf } from '#subgraphs/auth/index';
import { prolongHolds, putAside, releaseHolds } from './reservations/manual-reservations';
import { levelKey } from './model';
import type { StockLevel } from './stock/stock-levels.queries';
import { listReceipts, receiptById, receiveGoods, type ReceiptLine } from './receipts/goods-receipts';
import { listReservations } from './reservations/reservations';
import { counted, made, money, named, placed, unitCost, warehouseOf } from './field-helpers';
import {
  cancelStockTake,
  listStockTakes,
  postStockTake,
  startStockTake,
  stockTakeById,
} from './stock-takes/stock-takes';
import {
  countStock,
  listStockTakeLines,
  totalsOf,
  type StockTakeTotals,
} from './stock-takes/stock-take-counts';
import {
  incomingOf,
  incomingStock,
  listTransfers,
  transferById,
  transfersById,
  type IncomingItem,
  type StockTransfer,
} from './transfers/transfers.queries';
import { cancelTransfer, createTransfer, receiveTransfer, sendTransfer } from './transfers/transfers';
import { type Resolvers } from './types.generated';

/** What is on its way to a level. One statement for all levels of the request. */
export async function incomingTo(ctx: RequestContext, level: StockLevel): Promise<Decimal> {
  const load = async (keys: readonly string[]): Promise<Map<string, Decimal>> => {
    const places = keys.map((key) => ({ variantId: key.split(':')[0]!, warehouseId: key.split(':')[1]! }));
    return new Map((await incomingStock(ctx.db, places)).map((row) => [levelKey(row), row.quantity]));
  };
  return (await loader(ctx, 'inventory.incoming', load).load(levelKey(level))) ?? ZERO;
}

/** Everything that is on its way to a warehouse. One statement for all warehouses of the request. */
export async function incomingAll(ctx: RequestContext, warehouseId: string): Promise<IncomingItem[]> {
  const load = async (ids: readonly string[]) =>
    groupBy(await incomingOf(ctx.db, ids), (row) => row.warehouseId);
  return (await loader(ctx, 'inventory.incomingAll', load).load(warehouseId)) ?? [];
}

const NOTHING: Omit<StockTakeTotals, 'id'> = { lines: 0, counted: 0, differences: 0, differenceValue: ZERO };

async function totals(ctx: RequestContext, id: string): Promise<Omit<StockTakeTotals, 'id'>> {
  const load = async (ids: readonly string[]) => byId(await totalsOf(ctx.db, ids));
  return (await loader<StockTakeTotals>(ctx, 'inventory.stockTakeTotals', load).load(id)) ?? NOTHING;
}

const transferReference = (ctx: RequestContext, id: string) =>
  loader<StockTransfer>(ctx, 'inventory.transfer', async (ids) =>
    byId(await transfersById(ctx.db, ids)),
  ).load(id);

async function lineTotal(ctx: RequestContext, line: ReceiptLine): Promise<Decimal> {
  return line.unitCost ? roundMoney(line.quantity.times(line.unitCost), await currencyOf(ctx)) : ZERO;
}

/** Root fields of the documents. */
export const documentQueries: Resolvers['Query'] = {
  stockBatches: (_, args, ctx) => listBatches(ctx, args),
  stockReceipts: (_, args, ctx) => listReceipts(ctx, args),
  stockReceipt: (_, { id }, ctx) => receiptById(ctx.db, id),
  stockTransfers: (_, args, ctx) => listTransfers(ctx, args),
  stockTransfer: (_, { id }, ctx) => transferById(ctx.db, id),
  stockReservations: (_, args, ctx) => listReservations(ctx, args),
  stockTakes: (_, args, ctx) => listStockTakes(ctx, args),
  stockTake: (_, { id }, ctx) => stockTakeById(ctx.db, id),
  stockTakeLines: (_, args, ctx) => listStockTakeLines(ctx, args),
};

/** What can be done with the documents. */
export const documentMutations: Resolvers['Mutation'] = {
  receiveGoods: (_, { input }, ctx) => receiveGoods(ctx, input),
  createTransfer: (_, { input }, ctx) => createTransfer(ctx, input),
  sendTransfer: (_, { id }, ctx) => sendTransfer(ctx, id),
  receiveTransfer: (_, { id, input }, ctx) => receiveTransfer(ctx, id, input),
  cancelTransfer: (_, { id }, ctx) => cancelTransfer(ctx, id),
  reserveStock: (_, { input }, ctx) => putAside(ctx, input),
  releaseReservations: (_, { input }, ctx) => releaseHolds(ctx, input),
  prolongReservations: (_, { input }, ctx) => prolongHolds(ctx, input),
  startStockTake: (_, { input }, ctx) => startStockTake(ctx, input),
  countStock: async (_, { id, input }, ctx) => ({ lines: await countStock(ctx, id, input) }),
  postStockTake: (_, { id, input }, ctx) => postStockTake(ctx, id, input ?? {}),
  cancelStockTake: (_, { id }, ctx) => cancelStockTake(ctx, id),
};

/** The types of the documents. */
export const documentTypes = {
  IncomingStock: { value: (row, _, ctx) => money(row.value, ctx), ...named },
  StockTransfer: {
    __resolveReference: async ({ id }, ctx) => (await transferReference(ctx, id)) ?? null,
    fromWarehouse: (row, _, ctx) => warehouseOf(ctx, row.fromWarehouseId),
    toWarehouse: (row, _, ctx) => warehouseOf(ctx, row.toWarehouseId),
    ...made,
  },
  StockTransferItem: {
    unitCost: (row, _, ctx) => (row.unitCost === null ? null : unitCost(row.unitCost, ctx)),
    difference: ({ receivedQuantity, quantity }) => receivedQuantity?.minus(quantity) ?? null,
    ...named,
  },
  StockBatch: { ...named, ...placed },
  StockReceipt: {
    totalCost: async ({ lines }, _, ctx) =>
      money(sum(await Promise.all(lines.map((line) => lineTotal(ctx, line)))), ctx),
    ...made,
    ...placed,
  },
  StockReceiptLine: {
    unitCost: (row, _, ctx) => (row.unitCost === null ? null : unitCost(row.unitCost, ctx)),
    total: async (row, _, ctx) => (row.unitCost === null ? null : money(await lineTotal(ctx, row), ctx)),
    ...named,
  },
  StockReservation: { ...made, ...named, ...placed },
  StockTake: {
    lineCount: async ({ id }, _, ctx) => (await totals(ctx, id)).lines,
    countedCount: async ({ id }, _, ctx) => (await totals(ctx, id)).counted,
    differenceCount: async ({ id }, _, ctx) => (await totals(ctx, id)).differences,
    differenceValue: async ({ id }, _, ctx) => money((await totals(ctx, id)).differenceValue, ctx),
    ...made,
    ...placed,
  },
  StockTakeLine: {
    unitCost: (row, _, ctx) => unitCost(row.unitCost, ctx),
    differenceValue: (row, _, ctx) => (row.differenceValue === null ? null : money(row.differenceValue, ctx)),
    ...named,
  },
  StockTransferPage: counted,
  StockBatchPage: counted,
  StockReceiptPage: counted,
  StockReservationPage: counted,
  StockTakePage: counted,
  StockTakeLinePage: counted,
} satisfies Partial<Resolvers>;
