import { formatMoney } from '#kernel/money';
import type { Resolvers } from '../../types.generated';
import { grossMargin } from './profit-and-loss.rules';
import { profitAndLoss } from './profit-and-loss';

export const resolvers: Resolvers = {
  Query: {
    profitAndLoss: (_, args, ctx) => profitAndLoss(ctx, args),
  },
  ProfitAndLoss: {
    grossMargin: (report) => grossMargin(report),
    lines: ({ lines, currency }) =>
      lines.map(({ amount, previous, ...line }) => ({
        ...line,
        amount: formatMoney(amount, currency),
        previous: previous && formatMoney(previous, currency),
      })),
  },
};
