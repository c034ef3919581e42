import { formatMoney } from '#kernel/money';
import type { Resolvers } from '../types.generated';
import { manualAmounts } from './manual-amounts';

export const resolvers: Resolvers = {
  Query: { manualAmounts: (_, choice, ctx) => manualAmounts(ctx, choice) },
  ManualAmounts: {
    smallest: ({ smallest, currency }) => smallest && formatMoney(smallest, currency),
    largest: ({ largest, currency }) => largest && formatMoney(largest, currency),
  },
};
