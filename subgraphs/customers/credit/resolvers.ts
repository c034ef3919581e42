import { formatMoney } from '#kernel/money';
import { ownOrganization } from '#subgraphs/auth/index';
import type { Resolvers } from '../types.generated';
import { creditAgeing, listDebts } from './debts';
import { printStatement } from './print-statement';
import { customerStatement } from './statement';
import { statementHtml } from './statement-html';

export const resolvers: Resolvers = {
  Query: {
    customerDebts: (_, filter, ctx) => listDebts(ctx, filter),
    creditAgeing: (_, filter, ctx) => creditAgeing(ctx, filter),
    customerStatementPdf: (_, choice, ctx) => printStatement(ctx, choice),
    customerStatement: (_, choice, ctx) => customerStatement(ctx, choice),
  },
  CustomerStatement: {
    html: async (statement, _, ctx) => statementHtml(statement, (await ownOrganization(ctx)).name),
  },
  CustomerAgeing: {
    customerId: ({ id }) => id,
    overdue: ({ overdue, currency, buckets }) =>
      buckets.map((bucket, index) => ({ ...bucket, amount: formatMoney(overdue[index]!, currency) })),
  },
};
