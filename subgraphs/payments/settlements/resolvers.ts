import { loader, loadRequired } from '#kernel/graph/loader';
import { formatMoney } from '#kernel/money';
import type { Resolvers } from '../types.generated';
import { importSettlement, listSettlementImportErrors, settlementImport } from './settlement-imports';
import {
  listSettlementTransactions,
  listSettlements,
  listUnsettledPayments,
  requireSettlement,
  settlementsByIds,
} from './settlements.queries';

export const resolvers: Resolvers = {
  Query: {
    settlement: (_, { id }, ctx) => requireSettlement(ctx.db, id),
    settlements: (_, filter, ctx) => listSettlements(ctx, filter),
    settlementTransactions: (_, filter, ctx) => listSettlementTransactions(ctx, filter),
    settlementImport: (_, { id }, ctx) => settlementImport(ctx, id),
    settlementImportErrors: (_, { importId, ...paging }, ctx) =>
      listSettlementImportErrors(ctx, importId, paging),
    unsettledPayments: (_, filter, ctx) => listUnsettledPayments(ctx, filter),
  },
  Mutation: {
    importSettlement: (_, { input }, ctx) => importSettlement(ctx, input),
  },
  Settlement: {
    difference: ({ payoutAmount, net, currency }) =>
      payoutAmount && formatMoney(net.minus(payoutAmount), currency),
  },
  SettlementTransaction: {
    settlement: async ({ settlementId }, _, ctx) => {
      const load = (ids: readonly string[]) => settlementsByIds(ctx.db, ids);
      return loadRequired(loader(ctx, 'payments.settlement', load), 'settlement', settlementId);
    },
    expectedAmount: ({ expectedAmount, currency, chargedCurrency }) =>
      expectedAmount && formatMoney(expectedAmount, chargedCurrency ?? currency),
    chargedAmount: ({ chargedAmount, chargedCurrency }) =>
      chargedAmount && formatMoney(chargedAmount, chargedCurrency!),
  },
};
