import { loader } from '#kernel/graph/loader';
import type { Resolvers } from '../types.generated';
import { withCode, type GiftCard } from './gift-card-ledger';
import { giftCardStatus } from './gift-card-state.rules';
import {
  giftCard,
  giftCardsByIds,
  giftCardsOfOrders,
  listGiftCardEntries,
  listGiftCards,
  requireGiftCard,
} from './gift-cards.queries';
import { adjustGiftCard, disableGiftCard, issueGiftCard, topUpGiftCard } from './gift-cards';

export const resolvers: Resolvers = {
  Query: {
    giftCard: (_, { code }, ctx) => giftCard(ctx, code),
    giftCards: (_, filter, ctx) => listGiftCards(ctx, filter),
    giftCardEntries: async (_, { giftCardId, ...page }, ctx) =>
      listGiftCardEntries(ctx.db, await requireGiftCard(ctx.db, giftCardId), page),
  },
  Mutation: {
    issueGiftCard: (_, { input }, ctx) => issueGiftCard(ctx, input),
    topUpGiftCard: (_, { id, input }, ctx) => topUpGiftCard(ctx, id, input),
    adjustGiftCard: (_, { id, input }, ctx) => adjustGiftCard(ctx, id, input),
    disableGiftCard: (_, { id, input }, ctx) => disableGiftCard(ctx, id, input),
  },
  Order: {
    giftCards: async ({ id }, _, ctx) => {
      const load = (ids: readonly string[]) => giftCardsOfOrders(ctx.db, ids);
      const cards = (await loader<GiftCard[]>(ctx, 'payments.giftCardsOfOrder', load).load(id)) ?? [];
      return ctx.reply.posted?.includes(id) ? cards.map((card) => withCode(ctx, card)) : cards;
    },
  },
  GiftCard: {
    __resolveReference: async ({ id }, ctx) =>
      (await loader(ctx, 'payments.giftCard', (ids) => giftCardsByIds(ctx.db, ids)).load(id)) ?? null,
    status: (card, _, ctx) => giftCardStatus(card, ctx.clock.now()),
  },
};
