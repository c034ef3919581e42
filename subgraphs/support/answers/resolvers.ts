import type { Resolvers } from '../types.generated';
import {
  createCannedAnswer,
  deleteCannedAnswer,
  listCannedAnswers,
  requireCannedAnswer,
  updateCannedAnswer,
} from './canned-answers';
import { filledAnswer } from './fill-answer';

export const resolvers: Resolvers = {
  Query: {
    cannedAnswers: (_, filter, ctx) => listCannedAnswers(ctx.db, filter),
    cannedAnswer: (_, { id }, ctx) => requireCannedAnswer(ctx.db, id),
    filledAnswer: (_, { ticketId, cannedAnswerId }, ctx) => filledAnswer(ctx, ticketId, cannedAnswerId),
  },
  Mutation: {
    createCannedAnswer: (_, { input }, ctx) => createCannedAnswer(ctx, input),
    updateCannedAnswer: (_, { id, input }, ctx) => updateCannedAnswer(ctx, id, input),
    deleteCannedAnswer: (_, { id, version }, ctx) => deleteCannedAnswer(ctx, id, version),
  },
};
