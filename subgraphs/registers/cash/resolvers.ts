import { visibleExpectedCash } from '../settings/expected-cash';
import type { Resolvers } from '../types.generated';
import { listCashMovements, moveCash } from './cash-movements';

export const resolvers: Resolvers = {
  Query: {
    cashMovements: (_, { registerSessionId, ...args }, ctx) =>
      listCashMovements(ctx, registerSessionId, args),
  },
  Mutation: {
    cashIn: (_, { input }, ctx) => moveCash(ctx, 'cash_in', input),
    cashOut: (_, { input }, ctx) => moveCash(ctx, 'cash_out', input),
  },
  CashMovement: {
    registerSessionId: ({ sessionId }) => sessionId,
    expectedCash: (movement, _, ctx) => visibleExpectedCash(movement, ctx),
  },
};
