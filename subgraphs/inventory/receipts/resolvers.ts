import type { RequestContext } from '#kernel/context';
import { ZERO, sum, type Decimal } from '#kernel/decimal';
import { roundMoney } from '#kernel/money';
import { currencyOf } from '#subgraphs/auth/index';
import { formatAmount, formatUnitCost } from '../field-helpers';
import type { Resolvers } from '../types.generated';
import { listReceipts, receiptById, receiveGoods, type ReceiptLine } from './goods-receipts';

export const resolvers: Resolvers = {
  Query: {
    stockReceipts: (_, args, ctx) => listReceipts(ctx, args),
    stockReceipt: (_, { id }, ctx) => receiptById(ctx.db, id),
  },
  Mutation: {
    receiveGoods: (_, { input }, ctx) => receiveGoods(ctx, input),
  },
  StockReceipt: {
    items: ({ lines }) => lines,
    totalCost: async ({ lines }, _, ctx) =>
      formatAmount(sum(await Promise.all(lines.map((line) => lineTotal(ctx, line)))), ctx),
  },
  StockReceiptItem: {
    unitCost: (row, _, ctx) => (row.unitCost === null ? null : formatUnitCost(row.unitCost, ctx)),
    total: async (row, _, ctx) =>
      row.unitCost === null ? null : formatAmount(await lineTotal(ctx, row), ctx),
  },
};

async function lineTotal(ctx: RequestContext, line: ReceiptLine): Promise<Decimal> {
  return line.unitCost ? roundMoney(line.quantity.times(line.unitCost), await currencyOf(ctx)) : ZERO;
}
