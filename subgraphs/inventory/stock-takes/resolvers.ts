import type { RequestContext } from '#kernel/context';
import { ZERO } from '#kernel/decimal';
import { byId, loader } from '#kernel/graph/loader';
import { formatAmount, formatUnitCost } from '../field-helpers';
import type { Resolvers } from '../types.generated';
import { countStock, listStockTakeLines, totalsOf, type StockTakeTotals } from './stock-take-counts';
import { cancelStockTake, listStockTakes, postStockTake, startStockTake, stockTakeById } from './stock-takes';

export const resolvers: Resolvers = {
  Query: {
    stockTakes: (_, args, ctx) => listStockTakes(ctx, args),
    stockTake: (_, { id }, ctx) => stockTakeById(ctx.db, id),
    stockTakeLines: (_, args, ctx) => listStockTakeLines(ctx, args),
  },
  Mutation: {
    startStockTake: (_, { input }, ctx) => startStockTake(ctx, input),
    countStock: async (_, { id, input }, ctx) => ({ items: await countStock(ctx, id, input) }),
    postStockTake: (_, { id, input }, ctx) => postStockTake(ctx, id, input ?? {}),
    cancelStockTake: (_, { id }, ctx) => cancelStockTake(ctx, id),
  },
  StockTake: {
    linesCount: async ({ id }, _, ctx) => (await totals(ctx, id)).lines,
    countedLinesCount: async ({ id }, _, ctx) => (await totals(ctx, id)).counted,
    differencesCount: async ({ id }, _, ctx) => (await totals(ctx, id)).differences,
    differenceValue: async ({ id }, _, ctx) => formatAmount((await totals(ctx, id)).differenceValue, ctx),
  },
  StockTakeLine: {
    unitCost: (row, _, ctx) => formatUnitCost(row.unitCost, ctx),
    differenceValue: (row, _, ctx) =>
      row.differenceValue === null ? null : formatAmount(row.differenceValue, ctx),
  },
};

type Totals = Omit<StockTakeTotals, 'id'>;

const NOTHING: Totals = { lines: 0, counted: 0, differences: 0, differenceValue: ZERO };

async function totals(ctx: RequestContext, id: string): Promise<Totals> {
  const load = async (ids: readonly string[]) => byId(await totalsOf(ctx.db, ids));
  return (await loader<StockTakeTotals>(ctx, 'inventory.stockTakeTotals', load).load(id)) ?? NOTHING;
}
