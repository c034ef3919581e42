import { formatMoney } from '#kernel/money';
import type { Resolvers } from '../../types.generated';
import { liabilities } from './liabilities';

export const resolvers: Resolvers = {
  Query: {
    liabilities: (_, choice, ctx) => liabilities(ctx, choice),
  },
  LiabilityRow: {
    movements: ({ movements, currency }) =>
      movements.map(({ kind, amount }) => ({ kind, amount: formatMoney(amount, currency) })),
  },
  LiabilityPoints: {
    opening: ({ opening }) => opening.toNumber(),
    movements: ({ movements }) => movements.map(({ kind, amount }) => ({ kind, points: amount.toNumber() })),
    closing: ({ closing }) => closing.toNumber(),
  },
};
