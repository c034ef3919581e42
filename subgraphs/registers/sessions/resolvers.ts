import type { RequestContext } from '#kernel/context';
import { notFound } from '#kernel/errors';
import { loader } from '#kernel/graph/loader';
import { formatMoney } from '#kernel/money';
import { visibleExpectedCash } from '../settings/expected-cash';
import type { Resolvers } from '../types.generated';
import { closeRegister } from './close-register';
import { handOver, listHandOvers, type HandOverRow } from './handover';
import { openRegister } from './open-register';
import { sessionInView } from './resolve-session';
import { listSessions, openSessionsByRegister, sessionsByIds } from './sessions.queries';

export const resolvers: Resolvers = {
  Query: {
    currentRegister: (_, { registerId }, ctx) => sessionInView(ctx.db, ctx, registerId),
    registerSessions: (_, args, ctx) => listSessions(ctx, args),
    handOvers: (_, { registerSessionId }, ctx) => sessionHandOvers(ctx, registerSessionId),
  },
  Mutation: {
    openRegister: (_, { input }, ctx) => openRegister(ctx, input),
    handOver: (_, { input }, ctx) => handOver(ctx, input),
    closeRegister: (_, { input }, ctx) => closeRegister(ctx, input),
  },
  Register: {
    session: async ({ id }, _, ctx) =>
      (await loader(ctx, 'registers.openSession', (ids) => openSessionsByRegister(ctx.db, ids)).load(id)) ??
      null,
  },
  RegisterSession: {
    __resolveReference: async ({ id }, ctx) =>
      (await loader(ctx, 'registers.session', (ids) => sessionsByIds(ctx.db, ids)).load(id)) ?? null,
    openedById: ({ openedBy }) => openedBy,
    closedById: ({ closedBy }) => closedBy,
    expectedCash: (session, _, ctx) => visibleExpectedCash(session, ctx),
  },
  HandOver: {
    registerSessionId: ({ sessionId }) => sessionId,
    // A cashier who has counted may see the expected cash.
    expectedCash: (row, _, ctx) =>
      row.countedCash === null ? visibleExpectedCash(row, ctx) : formatMoney(row.expectedCash, row.currency),
    difference: ({ countedCash, expectedCash, currency }) =>
      countedCash === null ? null : formatMoney(countedCash.minus(expectedCash), currency),
  },
};

async function sessionHandOvers(
  ctx: RequestContext,
  sessionId: string | null | undefined,
): Promise<HandOverRow[]> {
  const session =
    sessionId == null
      ? await sessionInView(ctx.db, ctx)
      : (await sessionsByIds(ctx.db, [sessionId])).get(sessionId.toLowerCase());
  if (!session) throw notFound('register session', sessionId!);
  return listHandOvers(ctx.db, session);
}
